/** A person wants this node updated now: it waits neither for a window nor for its wave. */
import { updateNowKey } from '../api/keys.ts';
import type { NodeFacts } from './facts.ts';

export const isUpdateNow = (node: NodeFacts): boolean => updateNowKey in node.annotations;
