import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import type { NodeViewStatus } from '../../src/api/container-os-node.ts';
import { ViewWriter } from '../../src/control/view-writer.ts';
import { NotFoundError } from '../../src/ports/errors.ts';
import type { NodeView } from '../../src/plan/facts.ts';
import { aNode, aView } from '../support/builders.ts';

const node = aNode('n1');
const story = (because: string) => ({
  node: node.name,
  nodeUID: node.uid,
  status: { because } satisfies NodeViewStatus,
  urgent: false,
});

function aWriter() {
  const stored = new Map<string, NodeView>([[node.name, aView(node)]]);
  const puts: (string | undefined)[] = [];
  const held: (() => void)[] = [];
  const views = new ViewWriter({
    reader: { nodes: () => new Map([[node.name, node]]), views: () => stored },
    writer: {
      putView: async (_node, _view, status) => {
        puts.push(status.because);
        await new Promise<void>((resolve) => held.push(resolve));
        stored.set(node.name, aView(node, status));
      },
    },
    clock: { monotonic: () => 0 },
    gatherMs: 5,
    most: 1,
    onFailure: (_node, error) => {
      throw error;
    },
  });
  const answer = async (): Promise<void> => {
    held.shift()?.();
    await sleep(0);
  };
  return { views, puts, answer };
}

describe('views', () => {
  it('are gathered: of several stories only the last is written', async () => {
    const { views, puts, answer } = aWriter();
    views.gather(story('one'));
    views.gather(story('two'));
    expect(views.views().get(node.name)?.status).toEqual({ because: 'two' });
    await sleep(30);
    await answer();
    await sleep(30);
    expect(puts).toEqual(['two']);
  });

  it('that record something are not overwritten by a story that was gathered before they were stored', async () => {
    const { views, puts, answer } = aWriter();
    views.gather(story('before'));
    const recorded = views.write(story('recorded'));
    views.gather(story('made without it'));
    await answer();
    await recorded;
    expect(views.views().get(node.name)?.status.because).toBe('recorded');
    await sleep(30);
    expect(puts).toEqual(['recorded']);
  });
});

describe('a view whose kind is gone', () => {
  const kindless = () => {
    let now = 0;
    const puts: string[] = [];
    const stored = new Map<string, NodeView>();
    const views = new ViewWriter({
      reader: { nodes: () => new Map([[node.name, node]]), views: () => stored },
      writer: {
        putView: (_node, _view, { because = '' }) => {
          puts.push(because);
          return Promise.reject(new NotFoundError('there is no such kind'));
        },
      },
      clock: { monotonic: () => now },
      gatherMs: 5,
      most: 1,
      onFailure: (_node, error) => {
        throw error;
      },
    });
    return { views, puts, stored, later: (ms: number) => void (now += ms) };
  };

  it('is remembered, so that what records an answer keeps nobody from going on', async () => {
    const { views, puts } = kindless();
    await views.write(story('recorded'));
    expect(views.views().get(node.name)?.status.because).toBe('recorded');
    views.gather(story('told'));
    await sleep(30);
    expect(views.views().get(node.name)?.status.because).toBe('told');
    expect(puts).toEqual(['recorded', 'told']);
  });

  it('is forgotten after a while, and as soon as one is stored', async () => {
    const { views, stored, later } = kindless();
    await views.write(story('recorded'));
    later(61_000);
    expect(views.views().size).toBe(0);
    await views.write(story('recorded again'));
    stored.set(node.name, aView(node, { because: 'stored' }));
    expect(views.views().get(node.name)?.status.because).toBe('stored');
  });

  it('that was there a moment ago is another matter', async () => {
    const { views, stored } = kindless();
    stored.set(node.name, aView(node));
    await expect(views.write(story('recorded'))).rejects.toThrow(NotFoundError);
  });
});
