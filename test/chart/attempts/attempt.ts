import type { ApiClient } from '../../lab/api/api-client.ts';

/** A request that must be refused, and the words in which it is. */
export interface Attempt {
  readonly name: string;
  readonly send: (as: ApiClient) => Promise<unknown>;
  readonly refusal: string;
}
