import { callsTable, repliesTable } from './handover-tables.ts';
import { meshesTable } from './meshes-table.ts';
import { ownersTable } from './owners-table.ts';

/** The tables of docs/ownership.md that the code itself makes. */
export const TABLES: readonly { readonly name: string; readonly make: () => string }[] = [
  { name: 'table owners', make: ownersTable },
  { name: 'table calls', make: callsTable },
  { name: 'table replies', make: repliesTable },
  { name: 'table meshes', make: meshesTable },
];
