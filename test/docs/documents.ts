import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The project's Markdown, as far as tests hold it to the code. */

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export interface Heading {
  readonly level: number;
  readonly text: string;
  /** Up to the next heading of any level. */
  readonly body: string;
}

export interface CodeBlock {
  readonly language: string;
  /** Of its first line of code, from 1. */
  readonly line: number;
  readonly code: string;
}

export interface Document {
  /** Below the root. */
  readonly path: string;
  readonly text: string;
  readonly headings: readonly Heading[];
  readonly blocks: readonly CodeBlock[];
}

export function readDocument(path: string): Document {
  const text = readFileSync(join(ROOT, path), 'utf8');
  return { path, text, headings: headingsOf(text), blocks: blocksOf(text) };
}

/** README.md and everything below docs. */
export function readDocuments(): readonly Document[] {
  const docs = readdirSync(join(ROOT, 'docs'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.md'))
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)));
  return ['README.md', ...docs.sort()].map(readDocument);
}

/** What stands in `backticks` there. */
export function codeSpans(text: string): readonly string[] {
  return [...text.matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code);
}

/** The rows of all tables there, cell by cell, without the headers' lines. */
export function tableRows(text: string): readonly (readonly string[])[] {
  return [...text.matchAll(/^\|(.*)\|$/gm)]
    .map(([, cells = '']) => cells.split(/(?<!\\)\|/).map((cell) => cell.trim()))
    .filter((cells) => !cells.every((cell) => /^[-:]*$/.test(cell)));
}

/** The part below a heading, its subheadings included. */
export function partOf(document: Document, title: string): string {
  const start = document.headings.findIndex(({ text }) => text === title);
  const level = document.headings[start]?.level;
  if (level === undefined) throw new Error(`${document.path} has no heading ${title}`);
  const after = document.headings.slice(start + 1);
  const end = after.findIndex((heading) => heading.level <= level);
  const below = end < 0 ? after : after.slice(0, end);
  return [document.headings[start], ...below].map((heading) => heading?.body ?? '').join('\n');
}

/** As GitHub makes them. */
export function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(/\s/g, '-');
}

function headingsOf(text: string): readonly Heading[] {
  // A line of a code block may begin like a heading: YAML's and the shell's comments do.
  const prose = text.replaceAll(/^```[\s\S]*?^```$/gm, (block) => block.replaceAll(/^#/gm, ' '));
  const found = [...prose.matchAll(/^(#{1,6}) (.+)$/gm)];
  return found.map(({ 1: marks = '', 2: title = '', index }, position) => ({
    level: marks.length,
    text: title,
    body: text.slice(index, found[position + 1]?.index),
  }));
}

function blocksOf(text: string): readonly CodeBlock[] {
  return [...text.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].map(({ 1: language = '', 2: code = '', index }) => ({
    language,
    line: text.slice(0, index).split('\n').length + 1,
    code,
  }));
}
