/** The request header that carries the number of the call. Requests without it are warm-up: answered, not counted. */
export const CALL_HEADER = 'x-call';
