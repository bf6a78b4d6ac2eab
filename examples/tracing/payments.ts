// The service that is called. It answers the first two attempts at every charge with 503, so that somebody has to retry.
import { serveTraced } from './traced-server.ts';

const attempts = new Map<string, number>();

serveTraced(async (path) => {
  const attempt = (attempts.get(path) ?? 0) + 1;
  attempts.set(path, attempt);
  return attempt <= 2 ? { status: 503, text: 'try again' } : { status: 200, text: 'charged' };
});
