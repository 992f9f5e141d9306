/** Tokens of gates, from Secrets in the namespace for hooks: each is read when it is needed, and goes where its own annotation lets it. */
import { allowedUrlKey, gateTokenKey } from '../../api/keys.ts';
import type { GateTokens } from '../../ports/gates.ts';
import { isAllowedUrl } from './allowed-url.ts';
import type { ApiClient } from './client.ts';
import { isFailure, messageOf } from './errors.ts';
import { secretPath } from './paths.ts';
import type { RawObject } from './raw.ts';

interface RawSecret extends RawObject {
  readonly data?: Readonly<Record<string, string>>;
}

/** What may be in a header. */
const sound = /^[\u0021-\u007e]{1,8192}$/;

export function createGateTokens(api: Pick<ApiClient, 'request'>, namespace: string | undefined): GateTokens {
  return {
    tokenFor: async ({ name, key }, url) => {
      const refused = (why: string): { readonly refused: string } => ({ refused: why });
      if (namespace === undefined)
        return refused(
          `it wants Secret ${name}, and the chart's value hooks.namespace names no namespace for it`,
        );
      const title = `Secret ${namespace}/${name}`;
      let secret: RawSecret;
      try {
        secret = await api.request({ method: 'GET', path: secretPath(namespace, name), timeoutMs: 5000 });
      } catch (error) {
        if (isFailure(error, 'NotFound')) return refused(`${title} does not exist`);
        return refused(`${title} cannot be read: ${messageOf(error)}`);
      }
      const { labels = {}, annotations = {} } = secret.metadata ?? {};
      if (!Object.hasOwn(labels, gateTokenKey)) return refused(`${title} has no label ${gateTokenKey}`);
      const allowed = annotations[allowedUrlKey];
      if (allowed === undefined) return refused(`${title} has no annotation ${allowedUrlKey}`);
      if (!isAllowedUrl(allowed, url))
        return refused(`annotation ${allowedUrlKey} of ${title} does not allow ${url}`);
      const data = secret.data ?? {};
      const text = Object.hasOwn(data, key) ? data[key] : undefined;
      if (text === undefined) return refused(`${title} has no key ${key}`);
      // Files that a Secret is made from often end with a line feed.
      const token = Buffer.from(text, 'base64').toString('utf8').trimEnd();
      return sound.test(token) ? { token } : refused(`key ${key} of ${title} holds no token`);
    },
  };
}
