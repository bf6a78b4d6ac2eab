import { MESH_LIST } from '../../../src/meshes/list.ts';
import { type Mesh, shownDefaults } from '../../../src/meshes/mesh.ts';
import { markdownTable } from './markdown-table.ts';

const EVERY_PORT: ReadonlySet<number> = new Set(Array.from({ length: 65_535 }, (_, index) => index + 1));

/** What is asked to recognise each mesh, what it does where nobody has configured anything, and how that is known. */
export function meshesTable(): string {
  const rows = MESH_LIST.map((mesh) => {
    const { name, title, defaults } = mesh;
    const does = shownDefaults(mesh).replace(`${title} by default `, '');
    return [`${title} (\`${name}\`)`, questionsOf(mesh), does, defaults.switchOff ?? '', defaults.source];
  });
  return markdownTable(
    ['mesh', 'asked, where the port listens', 'by default it', 'without its retries', 'source'],
    rows,
  );
}

function questionsOf(mesh: Mesh): string {
  const host = { name: '', addresses: [] };
  const asked = mesh.questions({ variables: new Map(), listening: EVERY_PORT, serviceConnectNames: [], host });
  return asked.map(({ port, path }) => `\`:${port}${path}\``).join(', ') || 'nothing';
}
