/**
 * Writes ContainerOSNodes. What records an answer is written at once; the story of the moment (state, since, because) is gathered
 * for a short while, so that a node that passes through three states in a second costs one write. Where the kind itself is gone, what
 * would have been written is remembered for a while instead: claimed nodes are finished all the same.
 */
import type { NodeFacts, NodeView } from '../plan/facts.ts';
import type { ViewWrite } from '../plan/step.ts';
import type { Clock } from '../ports/clock.ts';
import type { ClusterReader, ClusterWriter } from '../ports/cluster.ts';
import { ConflictError, NotFoundError } from '../ports/errors.ts';

/** How long a view that cannot be stored stands for one that is. Milliseconds. */
const rememberMs = 60_000;

export interface ViewWriterOptions {
  readonly reader: Pick<ClusterReader, 'nodes' | 'views'>;
  readonly writer: Pick<ClusterWriter, 'putView'>;
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly gatherMs: number;
  /** Writes at once. */
  readonly most: number;
  readonly onFailure: (node: string, error: unknown) => void;
}

export class ViewWriter {
  readonly #options: ViewWriterOptions;
  readonly #pending = new Map<string, ViewWrite>();
  /** Views that could not be stored because their kind is gone, and when that was. */
  readonly #unstored = new Map<string, { readonly write: ViewWrite; readonly at: number }>();
  #timer: NodeJS.Timeout | undefined;
  #writing = 0;

  constructor(options: ViewWriterOptions) {
    this.#options = options;
  }

  /** The views as they will be: what was gathered lies over what was read. */
  views(): ReadonlyMap<string, NodeView> {
    const stored = this.#options.reader.views();
    const remembered = this.#remembered();
    if (this.#pending.size === 0 && remembered.length === 0) return stored;
    const views = new Map(stored);
    for (const { node, nodeUID, status } of [...remembered, ...this.#pending.values()]) {
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
  async write(view: ViewWrite): Promise<void> {
    this.#pending.delete(view.node);
    await this.#put(view);
    // What was gathered meanwhile does not know of it.
    this.#pending.delete(view.node);
  }

  drop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#pending.clear();
    this.#unstored.clear();
  }

  /** Those that are young enough; later they are tried to be stored again. */
  #remembered(): readonly ViewWrite[] {
    const { clock, reader } = this.#options;
    for (const [node, { at }] of this.#unstored)
      if (clock.monotonic() - at > rememberMs || reader.views().has(node)) this.#unstored.delete(node);
    return [...this.#unstored.values()].map(({ write }) => write);
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
      await this.#put(write);
    } catch (error) {
      // A conflict is somebody's newer view: the pass that its watch event wakes looks again.
      if (!(error instanceof ConflictError) && !(error instanceof NotFoundError))
        this.#options.onFailure(write.node, error);
    }
    if (this.#pending.get(write.node) === write) this.#pending.delete(write.node);
    this.#writing -= 1;
    if (this.#pending.size > 0) this.#timer ??= setTimeout(() => this.#flush(), 0);
  }

  async #put(view: ViewWrite): Promise<void> {
    const { node, nodeUID, status } = view;
    const { reader, writer, clock } = this.#options;
    const facts: NodeFacts | undefined = reader.nodes().get(node);
    if (facts === undefined || facts.uid !== nodeUID) return;
    const stored = reader.views().get(node);
    try {
      await writer.putView(facts, stored, status);
      this.#unstored.delete(node);
    } catch (error) {
      // Nothing is needed to make a view but its kind.
      if (!(error instanceof NotFoundError) || stored !== undefined) throw error;
      this.#unstored.set(node, { write: view, at: clock.monotonic() });
    }
  }
}
