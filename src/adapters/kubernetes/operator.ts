/**
 * The operator's lifecycle: extends the `Operator` of @dot-i/k8s-operator, and is the only file that touches it. Of the library
 * it takes `start`, `init`, `watchResource` and `stop`, and gives `watchResource` our own reflector: the stock one misses
 * deletions between two watches and ends the process on an error. Nothing is written through it: its status and finalizer
 * functions keep errors to themselves.
 */
import OperatorModule from '@dot-i/k8s-operator';
import type { OperatorLogger, ResourceEvent } from '@dot-i/k8s-operator';
import { CoreV1Api } from '@kubernetes/client-node';
import type { KubeConfig } from '@kubernetes/client-node';
import type { Cluster } from './cluster.ts';
import type { WatchedResource } from './watched-resource.ts';
import { pathOf } from './watched-resource.ts';

export interface OperatorOptions {
  /** What the library itself would use; ours goes through the cluster's own client. */
  readonly kubeConfig: KubeConfig;
  readonly cluster: Pick<Cluster, 'resources' | 'startWatch' | 'synced' | 'stop'>;
  readonly logger: OperatorLogger;
  /** Told of each object that changed. Must only remember the key: what to do follows from all facts together, never from one event. */
  readonly enqueue: (resource: WatchedResource, key: string) => void;
}

export class ContainerOsOperator extends OperatorModule.default {
  readonly #options: OperatorOptions;
  #stopped: Promise<void> | undefined;

  constructor(options: OperatorOptions) {
    super(options.logger);
    this.#options = options;
    this.kubeConfig = options.kubeConfig;
    this.k8sApi = options.kubeConfig.makeApiClient(CoreV1Api);
  }

  /** Resolves when every watch has its first complete list: from then on the reader shows the whole cluster. */
  protected override async init(): Promise<void> {
    const { cluster, enqueue } = this.#options;
    for (const resource of cluster.resources) {
      const { group, version, plural, namespace } = resource;
      const onEvent = async ({ meta }: ResourceEvent): Promise<void> => {
        enqueue(resource, meta.namespace === undefined ? meta.name : `${meta.namespace}/${meta.name}`);
      };
      await this.watchResource(group, version, plural, onEvent, namespace);
    }
    await cluster.synced();
  }

  /** Throws if the cluster does not watch this resource. */
  protected override watchResource(
    group: string,
    version: string,
    plural: string,
    onEvent: (event: ResourceEvent) => Promise<void>,
    namespace?: string,
  ): Promise<void> {
    const resource: WatchedResource = {
      group,
      version,
      plural,
      ...(namespace !== undefined && { namespace }),
    };
    const id = pathOf(resource);
    this.#options.cluster.startWatch(resource, (key, present) => {
      onEvent(eventOf(resource, id, key, present)).catch((error: unknown) => {
        this.logger.error(`Handler of ${id} failed: ${String(error)}`);
      });
    });
    this.logger.info(`Watching ${id}`);
    return Promise.resolve();
  }

  /** Ends the watches; `stopped` tells when that is done. */
  override stop(): void {
    super.stop();
    this.#stopped ??= this.#options.cluster.stop();
  }

  /** Stops, and resolves when nothing runs any more. */
  async stopped(): Promise<void> {
    this.stop();
    await this.#stopped;
  }
}

const { ResourceEventType } = OperatorModule;

function eventOf(resource: WatchedResource, id: string, key: string, present: boolean): ResourceEvent {
  const slash = key.indexOf('/');
  const name = key.slice(slash + 1);
  const apiVersion = resource.group === '' ? resource.version : `${resource.group}/${resource.version}`;
  const meta = {
    id,
    name,
    ...(slash !== -1 && { namespace: key.slice(0, slash) }),
    resourceVersion: '',
    apiVersion,
    kind: resource.plural,
  };
  return {
    meta,
    type: present ? ResourceEventType.Modified : ResourceEventType.Deleted,
    object: {
      apiVersion,
      kind: meta.kind,
      metadata: { name, ...('namespace' in meta && { namespace: meta.namespace }) },
    },
  };
}
