/** Where the tools of a COS root ask what to do: one line of JSON in, one line out, on a Unix socket inside the root. */
import { createServer, type Socket } from 'node:net';
import { z } from 'zod';
import { listenAt } from '../unix-socket.ts';
import type { ToolResult } from './tool-result.ts';

const owner = { mode: 0o666, uid: 0, gid: 0 };
const lineLimitBytes = 65_536;
const request = z.object({
  argv: z.array(z.string()).min(1),
  /** Variables of the caller that change what the real programs do. */
  env: z.record(z.string(), z.string()).default({}),
  /** The caller came by chroot, and not by the mount namespace of the host. */
  inChroot: z.boolean().default(true),
});

export type ToolCall = z.infer<typeof request>;

export interface HostToolServer {
  close(): Promise<void>;
}

export interface HostToolServerOptions {
  readonly path: string;
  readonly run: (call: ToolCall) => Promise<ToolResult>;
  readonly log: (line: string) => void;
}

/** Throws what binding the socket throws. */
export async function openHostToolServer(options: HostToolServerOptions): Promise<HostToolServer> {
  const clients = new Set<Socket>();
  const server = createServer((socket) => {
    clients.add(socket);
    socket.on('close', () => clients.delete(socket));
    socket.on('error', (error) => options.log(`host tool went away: ${error.message}`));
    let text = '';
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      const end = text.indexOf('\n');
      if (end < 0 && text.length < lineLimitBytes) return;
      socket.removeAllListeners('data');
      answer(socket, text.slice(0, Math.max(end, 0))).catch((error: unknown) => {
        options.log(`host tool call failed: ${String(error)}`);
        socket.destroy();
      });
    });
  });
  const answer = async (socket: Socket, line: string): Promise<void> => {
    const result = await options.run(request.parse(JSON.parse(line)));
    if (socket.writable) socket.end(`${JSON.stringify(result)}\n`);
  };
  const file = await listenAt(server, options.path, owner);
  return {
    async close() {
      await file.remove();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of clients) socket.destroy();
      await closed;
      await file.release();
    },
  };
}
