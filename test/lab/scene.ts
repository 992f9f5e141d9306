/** A scene is plain YAML: Nodes with the lab's annotation, workloads, budgets, and policies for the operator. */
import { readFileSync } from 'node:fs';
import { parseAllDocuments, stringify } from 'yaml';
import type { ApiObject } from './api/api-client.ts';
import { isNotFound } from './api/api-error.ts';
import type { Lab } from './lab.ts';
import { until } from './process/until.ts';

export type SceneObject = ApiObject & { readonly apiVersion: string; readonly kind: string };

export interface Scene {
  readonly nodes: readonly SceneObject[];
  /** Namespaces, Deployments, PodDisruptionBudgets and all else, in the order of the file. */
  readonly workloads: readonly SceneObject[];
  /** Objects of the operator's own kinds, which the API takes only when its CRDs are there. */
  readonly policies: readonly SceneObject[];
}

const ownGroup = 'containeros.dev/';

/** @throws Error when a document is not YAML or not an object of the API. */
export function parseScene(text: string): Scene {
  const objects = parseAllDocuments(text)
    .map((document) => {
      if (document.errors[0] !== undefined) throw document.errors[0];
      return document.toJS() as unknown;
    })
    .filter((object) => object !== null)
    .map((object) => {
      if (!isSceneObject(object)) {
        throw new Error(
          `Not an object of the API, which needs apiVersion, kind and a name:\n${stringify(object)}`,
        );
      }
      return object;
    });
  const isNode = ({ kind }: SceneObject): boolean => kind === 'Node';
  const isOwn = ({ apiVersion }: SceneObject): boolean => apiVersion.startsWith(ownGroup);
  return {
    nodes: objects.filter(isNode),
    workloads: objects.filter((object) => !isNode(object) && !isOwn(object)),
    policies: objects.filter(isOwn),
  };
}

export function readScene(file: string): Scene {
  return parseScene(readFileSync(file, 'utf8'));
}

/**
 * Applies Nodes, waits until they are Ready, and applies the workloads, so that these spread over all nodes.
 * Policies are not applied: see `applyPolicies`.
 */
export async function applyScene(lab: Lab, scene: Scene): Promise<void> {
  await apply(lab, scene.nodes);
  await lab.waitForReady(
    scene.nodes.map(({ metadata }) => metadata.name),
    30_000 + scene.nodes.length * 5000,
  );
  await apply(lab, scene.workloads);
}

/** Applies the policies of a scene as soon as the operator's CRDs serve. @throws Error when they do not within a minute. */
export async function applyPolicies(lab: Lab, scene: Scene): Promise<void> {
  if (scene.policies.length === 0) return;
  await until(`the CRDs of ${ownGroup}v1alpha1`, () => servesOwnKinds(lab), { withinMs: 60_000 });
  await apply(lab, scene.policies);
}

async function servesOwnKinds(lab: Lab): Promise<true | undefined> {
  try {
    await lab.client.get(`/apis/${ownGroup}v1alpha1/containerospolicies?limit=1`);
    return true;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

async function apply(lab: Lab, objects: readonly SceneObject[]): Promise<void> {
  if (objects.length === 0) return;
  await lab.kubectl(['apply', '-f', '-'], sceneText(objects));
}

export function sceneText(objects: readonly unknown[]): string {
  return objects.map((object) => stringify(object)).join('---\n');
}

function isSceneObject(value: unknown): value is SceneObject {
  if (typeof value !== 'object' || value === null) return false;
  if (!('apiVersion' in value && 'kind' in value && 'metadata' in value)) return false;
  const { apiVersion, kind, metadata } = value;
  if (typeof metadata !== 'object' || metadata === null || !('name' in metadata)) return false;
  return typeof apiVersion === 'string' && typeof kind === 'string' && typeof metadata.name === 'string';
}
