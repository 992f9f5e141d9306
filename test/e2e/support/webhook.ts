/** A validating admission webhook that this process serves, with a CA of its own, over what happens in a scene's namespaces. */
import { mkdtempSync, rmSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isNotFound } from '../../lab/api/api-error.ts';
import { createPki } from '../../lab/control-plane/pki.ts';
import { until } from '../../lab/process/until.ts';
import type { Scene } from './scene.ts';
import { patience } from './waits.ts';

/** What the API server asks. */
export interface Review {
  readonly operation: 'CREATE' | 'DELETE';
  readonly namespace: string;
  readonly name?: string;
  /** Empty where the request is about the Pod itself. */
  readonly subResource?: string;
  readonly userInfo: { readonly username: string };
}

export type Verdict = 'Allow' | { readonly code: number; readonly message: string };

export interface WebhookOptions {
  readonly scene: Scene;
  /** The program that makes keys and certificates. */
  readonly labNode: string;
  readonly namespaces: readonly string[];
  /** The API server waits up to 30 s for it. */
  readonly judge: (review: Review) => Verdict | Promise<Verdict>;
}

export interface Webhook {
  close(): Promise<void>;
}

const configurations = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations';
const probe = 'nobody';

/** Settles when the API server asks it about evictions and deletions of Pods. */
export async function startWebhook({ scene, labNode, namespaces, judge }: WebhookOptions): Promise<Webhook> {
  const dir = mkdtempSync(join(tmpdir(), 'container-os-webhook-'));
  const { ca, ...pair } = (await createPki(labNode, dir)).credentials('apiserver');
  rmSync(dir, { recursive: true, force: true });

  let probed = false;
  const asked = (review: Review): Verdict | Promise<Verdict> => {
    if (review.name !== probe) return judge(review);
    probed = true;
    return 'Allow';
  };
  const server = https.createServer(pair, (request, response) => {
    answer(request, asked).then(
      (body) => response.setHeader('content-type', 'application/json').end(body),
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const name = `pods.${scene.prefix}.containeros.dev`;
  await scene.apply(configurationOf(name, server.address() as AddressInfo, ca, namespaces));

  // The API server hears of it by a watch, so it is probed until it is asked.
  await until(
    `the API server to ask the webhook ${name}`,
    async () => {
      await evictNobody(scene);
      return probed || undefined;
    },
    { withinMs: patience(30_000) },
  );
  return {
    close: async () => {
      await scene.client.remove(`${configurations}/${name}`);
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function configurationOf(
  name: string,
  { port }: AddressInfo,
  ca: string,
  namespaces: readonly string[],
): object {
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingWebhookConfiguration',
    metadata: { name },
    webhooks: [
      {
        name,
        clientConfig: {
          url: `https://127.0.0.1:${String(port)}/`,
          caBundle: Buffer.from(ca).toString('base64'),
        },
        rules: [
          { apiGroups: [''], apiVersions: ['v1'], resources: ['pods/eviction'], operations: ['CREATE'] },
          { apiGroups: [''], apiVersions: ['v1'], resources: ['pods'], operations: ['DELETE'] },
        ],
        namespaceSelector: {
          matchExpressions: [{ key: 'kubernetes.io/metadata.name', operator: 'In', values: namespaces }],
        },
        admissionReviewVersions: ['v1'],
        sideEffects: 'None',
        // A test that died must not keep its namespaces from going.
        failurePolicy: 'Ignore',
        timeoutSeconds: 30,
      },
    ],
  };
}

async function answer(request: IncomingMessage, judge: WebhookOptions['judge']): Promise<string> {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) text += String(chunk);
  const review: { readonly request: Review & { readonly uid: string } } = JSON.parse(text);
  const verdict = await judge(review.request);
  return JSON.stringify({
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    response: {
      uid: review.request.uid,
      allowed: verdict === 'Allow',
      ...(verdict !== 'Allow' && { status: verdict }),
    },
  });
}

async function evictNobody({ client, namespace }: Scene): Promise<void> {
  try {
    await client.create(`/api/v1/namespaces/${namespace}/pods/${probe}/eviction`, {
      apiVersion: 'policy/v1',
      kind: 'Eviction',
      metadata: { name: probe, namespace },
    });
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}
