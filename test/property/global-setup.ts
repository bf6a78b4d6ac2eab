import type { TestProject } from 'vitest/node';
import { type PropertySettings, readPropertySettings } from './settings.ts';

declare module 'vitest' {
  interface ProvidedContext {
    properties: PropertySettings;
  }
}

/** One seed for the whole run, told before it begins: whatever fails, the same line repeats all of it. */
export default function setup(project: TestProject): void {
  const settings = readPropertySettings(process.env, Math.random);
  const { seed, runs } = settings;
  console.log(`Properties: ${runs} runs each, seed ${seed} (MESHWISE_PROPERTY_SEED=${seed} draws the same cases)`);
  project.provide('properties', settings);
}
