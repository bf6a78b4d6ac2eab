/** `report-narrow-dark.png` and the like, as they stand in docs/figures. */
export function screenshotLines(files: readonly string[]): string {
  const shown = files.filter((file) => /^report-[a-z0-9-]+\.png$/.test(file)).toSorted();
  if (shown.length === 0) return 'There are no pictures of the report yet.';
  return shown
    .map(
      (file) => `![The report: ${file.slice('report-'.length, -'.png'.length).replaceAll('-', ' ')}](figures/${file})`,
    )
    .join('\n\n');
}
