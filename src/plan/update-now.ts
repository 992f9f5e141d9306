/** A person's wish for one node: it waits for no window and no wave; for everything else it waits like others. */
import { updateNowKey } from '../api/keys.ts';
import type { NodeFacts } from './facts.ts';

/** Any value is a wish, also none. It is never removed here, and means nothing on a node that is up to date. */
export const isUpdateNow = ({ annotations }: Pick<NodeFacts, 'annotations'>): boolean =>
  updateNowKey in annotations;
