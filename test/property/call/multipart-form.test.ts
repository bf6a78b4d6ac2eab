import fc from 'fast-check';
import { expect, it } from 'vitest';
import { multipartForm } from '../../../src/call/multipart-form.ts';

/** Often what needs an escape, a line end of its own, or several bytes. */
const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.constantFrom('\r', '\n', '"', '%', '\\', ';', '-', 'a', 'é', '\ud800', '\udc00') }),
);

const file = fc
  .record({ content: fc.uint8Array({ maxLength: 50 }), name: text, type: fc.oneof(text, fc.constant('Text/Plain')) })
  .map(({ content, name, type }) => new File([content], name, { type }));

const entries = fc.array(fc.tuple(text, fc.oneof(text, file)), { maxLength: 6 });

it('a form has the bytes and the length that fetch gives it, boundary aside', async () => {
  await fc.assert(
    fc.asyncProperty(entries, async (entries) => {
      const form = new FormData();
      for (const [name, value] of entries) {
        if (typeof value === 'string') form.append(name, value);
        else form.append(name, value);
      }
      const response = new Response(form);
      const byFetch = Buffer.from(await response.arrayBuffer());
      const { body, contentType } = multipartForm(form) ?? { body: new Blob([]), contentType: '' };
      const byUs = Buffer.from(await body.arrayBuffer());
      const theirs = response.headers.get('content-type')?.split('boundary=')[1] ?? '-';
      const ours = contentType.split('boundary=')[1] ?? '';
      expect(ours).toHaveLength(theirs.length);
      expect(byUs.toString('latin1').replaceAll(ours, theirs)).toBe(byFetch.toString('latin1'));
      expect(body.size).toBe(byFetch.length);
    }),
  );
});
