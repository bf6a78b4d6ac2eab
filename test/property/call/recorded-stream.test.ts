import fc from 'fast-check';
import { expect, it } from 'vitest';
import { RecordedStream } from '../../../src/call/recorded-stream.ts';

const chunks = fc.array(fc.uint8Array({ maxLength: 20 }), { maxLength: 8 });

it('is sent with the same bytes every time, or says that it cannot be', async () => {
  await fc.assert(
    fc.asyncProperty(
      chunks,
      fc.nat(60),
      fc.array(fc.constantFrom('refused' as const, 'begun and refused' as const, 'read' as const), { maxLength: 4 }),
      fc.option(fc.nat(8), { nil: undefined }),
      async (source, limit, attempts, stopAfter) => {
        const pristine = source.map((chunk) => Buffer.from(chunk).toString('hex'));
        let taken = 0;
        async function* produce() {
          for (const chunk of source) {
            taken++;
            yield chunk;
            // Its producer fills the same memory with what comes next.
            chunk.fill(0);
          }
        }
        const body = new RecordedStream(produce(), limit);
        let readBefore = false;
        for (const attempt of attempts) {
          if (body.oneShot !== undefined) break;
          const stream = body.next() as ReadableStream<Uint8Array>;
          if (attempt === 'refused') {
            await stream.cancel();
            expect(body.oneShot).toBeUndefined();
            continue;
          }
          if (attempt === 'begun and refused') {
            await stream.getReader().read();
            body.unsent();
            expect(body.oneShot).toBeUndefined();
            continue;
          }
          const got: string[] = [];
          const stop = readBefore ? undefined : stopAfter;
          for await (const chunk of stream) {
            if (!readBefore) expect(taken).toBe(got.length + 1);
            got.push(Buffer.from(chunk).toString('hex'));
            if (got.length === stop) break;
          }
          expect(got).toEqual(pristine.slice(0, got.length));
          const whole = stop === undefined || stop === 0 || got.length < stop;
          if (whole) expect(got).toEqual(pristine);
          const bytes = got.join('').length / 2;
          if (bytes > limit) expect(body.oneShot).toBe('body-too-large');
          else expect(body.oneShot).toBe(whole ? undefined : 'body-not-ended');
          readBefore = true;
        }
      },
    ),
  );
});
