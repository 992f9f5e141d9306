/**
 * Writes ContainerOSNodes. What records an answer is written at once; the story of the moment (state, since, because) is gathered
 * for a short while, so that a node that passes through three states in a second costs one write.
 */
import type { NodeViewStatus } from '../api/container-os-node.ts';
import type { NodeFacts, NodeView } from '../plan/facts.ts';
import type { ViewWrite } from '../plan/step.ts';
import type { ClusterReader, ClusterWriter } from '../ports/cluster.ts';
import { ConflictError, NotFoundError } from '../ports/errors.ts';

export interface ViewWriterOptions {
  readonly reader: Pick<ClusterReader, 'nodes' | 'views'>;
  readonly writer: Pick<ClusterWriter, 'putView'>;
  readonly gatherMs: number;
  /** Writes at once. */
  readonly most: number;
  readonly onFailure: (node: string, error: unknown) => void;
}

export class ViewWriter {
  readonly #options: ViewWriterOptions;
  readonly #pending = new Map<string, ViewWrite>();
  #timer: NodeJS.Timeout | undefined;
  #writing = 0;

  constructor(options: ViewWriterOptions) {
    this.#options = options;
  }

  /** The views as they will be: what was gathered lies over what was read. */
  views(): ReadonlyMap<string, NodeView> {
    const stored = this.#options.reader.views();
    if (this.#pending.size === 0) return stored;
    const views = new Map(stored);
    for (const { node, nodeUID, status } of this.#pending.values()) {
      const before = stored.get(node);
      views.set(node, {
        name: node,
        uid: before?.uid ?? '',
        resourceVersion: before?.resourceVersion ?? '',
        nodeUID,
        status,
      });
    }
    return views;
  }

  gather(write: ViewWrite): void {
    this.#pending.set(write.node, write);
    this.#timer ??= setTimeout(() => this.#flush(), this.#options.gatherMs);
  }

  /** At once; rejects with the errors of the port. */
  async write({ node, nodeUID, status }: ViewWrite): Promise<void> {
    this.#pending.delete(node);
    await this.#put(node, nodeUID, status);
    // What was gathered meanwhile does not know of it.
    this.#pending.delete(node);
  }

  drop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#pending.clear();
  }

  #flush(): void {
    this.#timer = undefined;
    const { most } = this.#options;
    for (const write of this.#pending.values()) {
      if (this.#writing >= most) break;
      this.#writing += 1;
      void this.#background(write);
    }
  }

  async #background(write: ViewWrite): Promise<void> {
    try {
      await this.#put(write.node, write.nodeUID, write.status);
    } catch (error) {
      // A conflict is somebody's newer view: the pass that its watch event wakes looks again.
      if (!(error instanceof ConflictError) && !(error instanceof NotFoundError))
        this.#options.onFailure(write.node, error);
    }
    if (this.#pending.get(write.node) === write) this.#pending.delete(write.node);
    this.#writing -= 1;
    if (this.#pending.size > 0) this.#timer ??= setTimeout(() => this.#flush(), 0);
  }

  async #put(node: string, nodeUID: string, status: NodeViewStatus): Promise<void> {
    const { reader, writer } = this.#options;
    const facts: NodeFacts | undefined = reader.nodes().get(node);
    if (facts === undefined || facts.uid !== nodeUID) return;
    await writer.putView(facts, reader.views().get(node), status);
  }
}
