export { AttemptSpanProcessor } from './attempt-span-processor.ts';
