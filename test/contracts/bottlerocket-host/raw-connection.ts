/** A connection to a Unix socket that speaks HTTP byte by byte, so that what no client library sends can be sent. */
import { connect, type Socket } from 'node:net';

export interface RawAnswer {
  readonly version: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface RawConnection {
  send(bytes: string | Buffer): void;
  /** The next complete answer. Throws when the connection ends before it, or nothing comes in time. */
  answer(): Promise<RawAnswer>;
  /** Everything that is there after `quietMs` milliseconds of silence, or at the end. */
  everything(quietMs: number): Promise<string>;
  /** Resolves when the server has closed. */
  closed(): Promise<void>;
  readonly ended: boolean;
  close(): void;
}

const patienceMs = 20_000;

/** Throws what connecting throws: ENOENT, ECONNREFUSED. */
export async function openConnection(path: string): Promise<RawConnection> {
  const socket = await connected(path);
  let received: Buffer = Buffer.alloc(0);
  const state = { ended: false };
  let wake = (): void => undefined;
  socket.on('data', (chunk: Buffer) => {
    received = Buffer.concat([received, chunk]);
    wake();
  });
  socket.on('close', () => {
    state.ended = true;
    wake();
  });
  // The end is seen through `close`; what broke the connection does not matter here.
  socket.on('error', () => wake());
  const change = (withinMs: number): Promise<boolean> =>
    new Promise((resolve) => {
      const timer = setTimeout(() => resolve(false), withinMs);
      wake = () => {
        clearTimeout(timer);
        resolve(true);
      };
    });
  return {
    send: (bytes) => void socket.write(bytes),
    get ended() {
      return state.ended;
    },
    async answer() {
      for (;;) {
        const parsed = parseAnswer(received);
        if (parsed !== undefined) {
          received = received.subarray(parsed.length);
          return parsed.answer;
        }
        if (state.ended) throw new Error(`connection ended after ${received.length} bytes`);
        if (!(await change(patienceMs))) throw new Error('no answer in time');
      }
    },
    async everything(quietMs) {
      let busy = true;
      while (busy && !state.ended) busy = await change(quietMs);
      return received.toString('utf8');
    },
    async closed() {
      while (!state.ended) if (!(await change(patienceMs))) throw new Error('the server does not close');
    },
    close: () => void socket.destroy(),
  };
}

function connected(path: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.off('error', reject);
      resolve(socket);
    });
  });
}

function parseAnswer(bytes: Buffer): { answer: RawAnswer; length: number } | undefined {
  const end = bytes.indexOf('\r\n\r\n');
  if (end < 0) return undefined;
  const [first = '', ...lines] = bytes.toString('latin1', 0, end).split('\r\n');
  const [version = '', status = ''] = first.split(' ');
  const headers = Object.fromEntries(
    lines.map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }),
  );
  const start = end + 4;
  const size = Number(headers['content-length'] ?? 0);
  if (bytes.length < start + size) return undefined;
  const body = bytes.toString('utf8', start, start + size);
  return { answer: { version, status: Number(status), headers, body }, length: start + size };
}
