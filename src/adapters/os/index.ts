/** The operating systems that the operator knows: one line each. */
import type { OsName } from '../../api/os.ts';
import type { OsAdapter } from '../../ports/os-adapter.ts';
import { bottlerocketAdapter } from './bottlerocket/adapter.ts';
import { cosAdapter } from './cos/adapter.ts';

export const osAdapters: Readonly<Record<OsName, OsAdapter>> = {
  Bottlerocket: bottlerocketAdapter,
  ContainerOptimizedOS: cosAdapter,
};
