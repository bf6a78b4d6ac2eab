/** What there is in a FormData of any realm. */
export type FormEntries = Iterable<readonly [name: string, value: unknown]>;

/** A form as the bytes that fetch makes of it, with the content type that names its boundary. */
export interface MultipartForm {
  readonly body: Blob;
  readonly contentType: string;
}

/**
 * Encodes a form once: fetch would draw a new boundary for each attempt. A Blob holds its parts by reference, so files are
 * neither read nor copied, and it can be sent any number of times, also after a redirect by 307 or 308 (which Node 22's
 * fetch cannot do with bytes). `undefined`: there is a file of a class that Blob does not know.
 *
 * To the byte as undici 6 to 8 do it (extractBody in lib/web/fetch/body.js), which leave out an empty file name, and
 * normalise the line ends of names and values, but not those of file names.
 */
export function multipartForm(form: FormEntries): MultipartForm | undefined {
  const boundary = newBoundary();
  const parts: (string | Blob)[] = [];
  let text = '';
  for (const [name, value] of form) {
    text += `--${boundary}\r\nContent-Disposition: form-data; name="${escaped(withCrlf(name))}"`;
    if (typeof value === 'string') {
      text += `\r\n\r\n${withCrlf(value)}\r\n`;
      continue;
    }
    if (!(value instanceof Blob)) return undefined;
    const fileName = 'name' in value && value.name ? `; filename="${escaped(String(value.name))}"` : '';
    text += `${fileName}\r\nContent-Type: ${value.type || 'application/octet-stream'}\r\n\r\n`;
    parts.push(text, value);
    text = '\r\n';
  }
  parts.push(`${text}--${boundary}--\r\n`);
  return { body: new Blob(parts), contentType: `multipart/form-data; boundary=${boundary}` };
}

/** Looks like undici's, so that nobody sees whether we are there; and is not to be guessed (CVE-2025-22150). */
function newBoundary(): string {
  const [random = 0n] = crypto.getRandomValues(new BigUint64Array(1));
  return `----formdata-undici-0${String(random % 100_000_000_000n).padStart(11, '0')}`;
}

function escaped(text: string): string {
  return text.replaceAll('\n', '%0A').replaceAll('\r', '%0D').replaceAll('"', '%22');
}

function withCrlf(text: string): string {
  return text.replace(/\r?\n|\r/g, '\r\n');
}
