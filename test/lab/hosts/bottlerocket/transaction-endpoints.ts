/** The calls below /tx: looking at, dropping, committing and applying pending settings. */
import { failure, json, noContent, type Answer } from './answer.ts';
import type { Datastore } from './datastore.ts';
import type { BottlerocketFaults } from './faults.ts';
import type { ApiRequest } from './request.ts';
import { unflatten } from './settings-tree.ts';

const applierMissing = failure(
  500,
  'Unable to start config applier: No such file or directory (os error 2) ',
);

export interface TransactionWorld {
  readonly datastore: Datastore;
  faults(): BottlerocketFaults;
  /** Starts the program that renders the configuration files, and does not wait for it. */
  render(): void;
}

/** The name is a parameter; without it all clients share one transaction. */
export function transactionOf(request: ApiRequest): string {
  return request.query.get('tx') ?? 'default';
}

export function getTransaction(request: ApiRequest, world: TransactionWorld): Answer {
  return json(unflatten(world.datastore.pending(transactionOf(request))));
}

export function listTransactions(world: TransactionWorld): Answer {
  // The store names folders; the folder of the empty name holds one called `settings`, and that is what is listed.
  return json(world.datastore.transactions().map((name) => (name === '' ? 'settings' : name)));
}

export function dropTransaction(request: ApiRequest, world: TransactionWorld): Answer {
  return json(world.datastore.drop(transactionOf(request)));
}

export function commit(request: ApiRequest, world: TransactionWorld): Answer {
  const keys = world.datastore.commit(transactionOf(request));
  return keys.length === 0 ? failure(422, 'Tried to commit with no pending changes') : json(keys);
}

export function commitAndApply(request: ApiRequest, world: TransactionWorld): Answer {
  const committed = commit(request, world);
  if (committed.status !== 200) return committed;
  // The values are live already when this fails.
  if (world.faults().noApplier === true) return applierMissing;
  world.render();
  return committed;
}

/** The real answer is broken: a body behind an answer that has none. */
export function apply(request: ApiRequest, world: TransactionWorld): Answer {
  if (request.query.get('keys') === '') return failure(400, "Input 'keys' cannot be empty");
  if (world.faults().noApplier === true) return applierMissing;
  world.render();
  return { ...noContent, contentType: 'application/json', stray: 'null' };
}
