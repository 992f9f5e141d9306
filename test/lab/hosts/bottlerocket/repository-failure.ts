/** What updog writes to stderr when the repository fails it. */
import { createHash } from 'node:crypto';
import type { BottlerocketFaults } from './faults.ts';

export interface RepositoryAddress {
  readonly metadata: string;
  readonly targets: string;
  readonly seed: number;
  readonly running: string;
  readonly variant: string;
  readonly arch: string;
}

/** The text of a failure that meets every command, as each loads the metadata first; undefined when the repository is well. */
export function metadataFailure(
  fault: BottlerocketFaults['repository'],
  address: RepositoryAddress,
): string | undefined {
  const fetching = (file: string, kind: string, why: (url: string) => string): string => {
    const bare = `${address.metadata}${file}`;
    const url = `${bare}?seed=${address.seed}&version=${address.running}`;
    return `Metadata error: Failed to fetch ${bare}: Transport '${kind}' error fetching '${url}': ${why(url)}\n`;
  };
  switch (fault) {
    case undefined:
    case 'OtherVariantOnly':
      return undefined;
    case 'Unavailable':
      return fetching(
        '2.root.json',
        'other',
        (url) => `HTTP status server error (503 Service Unavailable) for url (${url})`,
      );
    case 'Reset':
      return fetching(
        '2.root.json',
        'other',
        (url) =>
          `error sending request for url (${url}): connection error: Connection reset by peer (os error 104)`,
      );
    case 'NotFound':
      return fetching(
        'timestamp.json',
        'file not found',
        (url) => `HTTP status client error (404 Not Found) for url (${url})`,
      );
    case 'Forbidden':
      return fetching(
        'timestamp.json',
        'file not found',
        (url) => `HTTP status client error (403 Forbidden) for url (${url})`,
      );
    case 'Expired':
      return 'Metadata error: timestamp metadata is expired\n';
    case 'BadSignature':
      return 'Metadata error: Failed to verify timestamp metadata: Signature threshold of 1 not met for role timestamp (0 valid signatures)\n';
  }
}

export type ImageFailure = 'Truncated' | 'Missing' | 'TimedOut';

/** The text of a failure while an image is fetched and written. */
export function imageFailure(why: ImageFailure, target: string, address: RepositoryAddress): string {
  const part = why === 'Missing' ? 'boot' : 'root';
  const name = `bottlerocket-${address.variant}-${address.arch}-${target}-${part}.ext4.lz4`;
  const hash = sha256(name);
  const bare = `${address.targets}${hash}.${name}`;
  const url = `${bare}?migrations=migrate_v${target}_example.lz4%2Cmanifest.json&seed=${address.seed}&target=${target}&version=${address.running}`;
  const head = `Failed writing update data to disk: Failed to fetch ${bare}: Transport `;
  switch (why) {
    case 'Truncated':
      return `${head}'other' error fetching '${bare}': Hash mismatch for ${bare}: calculated ${sha256(bare)}, expected ${hash}\n`;
    case 'Missing':
      return `${head}'file not found' error fetching '${url}': HTTP status client error (404 Not Found) for url (${url})\n`;
    case 'TimedOut':
      return `${head}'other' error fetching '${url}': request or response body error: operation timed out\n`;
  }
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
