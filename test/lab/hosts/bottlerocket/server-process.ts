/** The API server as a process of the host: started, stopped, killed, started again, kept from starting. */
import { mkdir, rm } from 'node:fs/promises';
import { openApiServer, type ApiServer, type ApiServerOptions } from './api-server.ts';
import { createSerialWorker } from '../serial-worker.ts';

/** How long the service manager waits before it starts the server again: the unit's RestartSec. */
const restartMs = 5000;

export interface ServerProcess {
  /** Starts the server; where something is in the way it is tried again until that is gone. */
  start(): Promise<void>;
  stop(how: 'Stop' | 'Kill'): Promise<void>;
  /** Stops for good: no later start has an effect. */
  end(): Promise<void>;
  /** A folder in the socket's place, so that the next start fails; or its removal. */
  block(blocked: boolean): Promise<void>;
}

export function createServerProcess(options: ApiServerOptions & { idleCloseMs: number }): ServerProcess {
  const inTurn = createSerialWorker();
  let server: ApiServer | undefined;
  let wanted = false;
  let over = false;
  let retry: NodeJS.Timeout | undefined;

  const open = async (): Promise<void> => {
    retry = undefined;
    if (over || !wanted || server !== undefined) return;
    try {
      server = await openApiServer(options);
    } catch (error) {
      options.log(`API server cannot start: ${String(error)}`);
      retry = setTimeout(() => void inTurn(open), restartMs);
    }
  };
  const close = async (how: 'Stop' | 'Kill'): Promise<void> => {
    wanted = false;
    clearTimeout(retry);
    retry = undefined;
    await server?.close(how);
    server = undefined;
  };
  return {
    start: () =>
      inTurn(async () => {
        wanted = true;
        // A failed start is repeated by the clock, not by whoever asks.
        if (retry === undefined) await open();
      }),
    stop: (how) => inTurn(() => close(how)),
    end() {
      over = true;
      return inTurn(() => close('Stop'));
    },
    block: (blocked) =>
      inTurn(async () => {
        if (over) return;
        await rm(options.path, { recursive: true, force: true });
        if (blocked) await mkdir(options.path, { recursive: true });
      }),
  };
}
