/** The rights that the operator used in all labs of a run, for the verdict at its end: none may be granted that no run used. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { Lab } from '../../lab/lab.ts';
import type { Right } from '../../recorder/unused-rights.ts';
import { unusedRights, usedRights } from '../../recorder/unused-rights.ts';

const folderOf = (sharedLab: string): string => join(sharedLab, 'used-rights');

/** Keeps what was used in a scene's own lab, which is about to go, in the folder of the lab that all share. */
export function noteUsedRights({ controlPlane }: Lab): void {
  const shared = process.env['SCENE_LAB'];
  if (shared === undefined) return;
  mkdirSync(folderOf(shared), { recursive: true });
  writeFileSync(
    join(folderOf(shared), `${randomUUID()}.json`),
    JSON.stringify(usedRights(controlPlane.auditLog)),
  );
}

/** What no lab of this run used, sorted. */
export async function rightsThatNobodyUsed(shared: Lab): Promise<readonly string[]> {
  const folder = folderOf(shared.dir);
  const noted = (existsSync(folder) ? readdirSync(folder) : []).flatMap(
    (file): Right[] => JSON.parse(readFileSync(join(folder, file), 'utf8')) as Right[],
  );
  return unusedRights(shared.client, [...usedRights(shared.controlPlane.auditLog), ...noted]);
}
