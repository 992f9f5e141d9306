/** Hand-made histories: each call is one revision, a second after the one before. */
import type { AuditEvent } from '../../recorder/world/audit.ts';
import type { ObjectEvent, RebootCall, RecordedEvent } from '../../recorder/world/event.ts';
import type { History } from '../../recorder/world/history.ts';
import { createHistory } from '../../recorder/world/history.ts';
import type {
  Metadata,
  Objects,
  RawNode,
  RawPod,
  RawPolicy,
  RawView,
  Resource,
} from '../../recorder/world/objects.ts';

export interface NodeFacts {
  readonly uid?: string;
  readonly ready?: boolean;
  readonly cordoned?: boolean;
  readonly bootID?: string;
  readonly osImage?: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** The claim: an object is written as JSON. */
  readonly claim?: object | string;
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface PodFacts {
  readonly namespace?: string;
  readonly node?: string;
  readonly phase?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly daemonSet?: boolean;
  readonly terminatingSince?: string;
  readonly message?: string;
  readonly deleted?: boolean;
}

export interface RequestFacts {
  readonly verb: string;
  readonly resource: string;
  readonly subresource?: string;
  readonly namespace?: string;
  readonly name?: string;
  readonly body?: unknown;
  readonly code?: number;
  readonly forbidden?: boolean;
}

export interface Story {
  /** Revision of the last object. */
  readonly revision: number;
  node(name: string, facts?: NodeFacts): number;
  pod(name: string, facts?: PodFacts): number;
  policy(name: string, spec?: object, status?: object, metadata?: Partial<Metadata>): number;
  view(name: string, status: object): number;
  /** A request of our account, answered 200 unless told. */
  request(facts: RequestFacts): void;
  /** A merge patch of a Node by us, next to the Node that it makes. */
  patchNode(name: string, body: { metadata?: object; spec?: object }, after: NodeFacts): number;
  rebootCall(node: string, bootID: string): void;
  wait(seconds: number): void;
  /** RFC 3339, so many seconds from now. */
  time(inSeconds?: number): string;
  history(): History;
}

const epoch = Date.parse('2026-01-01T00:00:00Z');

export function createStory(): Story {
  const events: RecordedEvent[] = [];
  const calls: RebootCall[] = [];
  const made = new Map<string, number>();
  let revision = 100;
  let now = epoch;
  const write = <R extends Resource>(resource: R, object: Objects[R], deleted = false): number => {
    events.push({ kind: 'Object', resource, revision, at: now, old: false, deleted, object } as ObjectEvent);
    return revision;
  };
  const begin = (key: string, over: Partial<Metadata> & { readonly name: string }): Metadata => {
    revision += 1;
    now += 1000;
    made.set(key, revision);
    return { uid: `uid-${over.name}`, resourceVersion: String(revision), ...over };
  };
  const request = (facts: RequestFacts): void => {
    const { verb, resource, subresource, namespace, name, body, code = 200, forbidden = false } = facts;
    // Directly before the revision that it makes.
    const stamp = new Date(now + 500).toISOString();
    const event: AuditEvent = {
      auditID: String(events.length),
      stage: 'ResponseComplete',
      verb,
      requestURI: '/',
      user: { username: 'system:serviceaccount:container-os-operator:container-os-operator' },
      objectRef: {
        resource,
        ...(subresource !== undefined && { subresource }),
        ...(namespace !== undefined && { namespace }),
        ...(name !== undefined && { name }),
      },
      responseStatus: { code: forbidden ? 403 : code },
      requestObject: body,
      requestReceivedTimestamp: stamp,
      stageTimestamp: stamp,
      annotations: { 'authorization.k8s.io/decision': forbidden ? 'forbid' : 'allow' },
    };
    events.push({ kind: 'Audit', event });
  };
  const node = (name: string, facts: NodeFacts = {}): number =>
    write('nodes', nodeObject(begin(`nodes ${name}`, { name }), facts));

  return {
    get revision() {
      return revision;
    },
    node,
    pod: (name, facts = {}) => {
      const { namespace = 'shop', deleted = false } = facts;
      return write('pods', podObject(begin(`pods ${name}`, { name, namespace }), facts), deleted);
    },
    policy: (name, spec = {}, status = {}, metadata = {}) => {
      const policy: RawPolicy = {
        metadata: begin(`policies ${name}`, { name, ...metadata }),
        spec: { os: 'Bottlerocket', ...spec },
        status: { fence: 'a/1', ...status },
      };
      return write('policies', policy);
    },
    view: (name, status) => {
      const view: RawView = { metadata: begin(`views ${name}`, { name }), status };
      return write('views', view);
    },
    request,
    patchNode: (name, { metadata, spec }, after) => {
      const resourceVersion = String(made.get(`nodes ${name}`) ?? 0);
      const body = { metadata: { resourceVersion, ...metadata }, ...(spec && { spec }) };
      request({ verb: 'patch', resource: 'nodes', name, body });
      return node(name, after);
    },
    rebootCall: (name, bootID) => {
      calls.push({ node: name, bootID, at: new Date(now).toISOString() });
    },
    wait: (seconds) => {
      now += seconds * 1000;
    },
    time: (inSeconds = 0) => new Date(now + inSeconds * 1000).toISOString(),
    history: () =>
      createHistory(events, { rebootCalls: calls, journaled: calls.map(({ node: name }) => name) }),
  };
}

function nodeObject(metadata: Metadata, facts: NodeFacts): RawNode {
  const { claim, annotations, labels = {}, uid } = facts;
  const text = typeof claim === 'object' ? JSON.stringify(claim) : claim;
  return {
    metadata: {
      ...metadata,
      ...(uid !== undefined && { uid }),
      labels,
      annotations: { ...annotations, ...(text !== undefined && { 'containeros.dev/claim': text }) },
    },
    spec: { ...(facts.cordoned === true && { unschedulable: true }) },
    status: {
      conditions: [{ type: 'Ready', status: facts.ready === false ? 'False' : 'True' }],
      nodeInfo: {
        bootID: facts.bootID ?? 'boot-1',
        osImage: facts.osImage ?? 'Bottlerocket OS 1.25.0 (aws-k8s-1.33)',
      },
    },
  };
}

function podObject(metadata: Metadata, facts: PodFacts): RawPod {
  const { node, phase = 'Running', labels = {}, daemonSet = false, terminatingSince, message } = facts;
  return {
    metadata: {
      ...metadata,
      labels,
      ...(daemonSet && { ownerReferences: [{ kind: 'DaemonSet', uid: 'ds', controller: true }] }),
      ...(terminatingSince !== undefined && { deletionTimestamp: terminatingSince }),
    },
    spec: { ...(node !== undefined && { nodeName: node }) },
    status: {
      phase,
      containerStatuses: message === undefined ? [] : [{ state: { terminated: { message } } }],
    },
  };
}
