/** Which call goes where. What is not here is 404, whatever the method. */
import { unknownCall, type Answer } from './answer.ts';
import type { Dispatcher } from './dispatcher.ts';
import { getModel, getOs } from './os-endpoint.ts';
import type { ApiRequest } from './request.ts';
import { getSettings, patchSettings, withPrefix, type SettingsWorld } from './settings-endpoints.ts';
import {
  apply,
  commit,
  commitAndApply,
  dropTransaction,
  getTransaction,
  listTransactions,
  transactionOf,
  type TransactionWorld,
} from './transaction-endpoints.ts';
import type { UpdateImage } from './update-status.ts';

export interface ApiWorld extends SettingsWorld, TransactionWorld {
  readonly dispatcher: Dispatcher;
  runningImage(): UpdateImage;
  reboot(): Answer;
}

type Handler = (request: ApiRequest) => Answer;

export function createRoutes(world: ApiWorld): Handler {
  const { dispatcher } = world;
  const routes: Readonly<Record<string, Handler>> = {
    'GET /': (request) =>
      getModel(request, world.runningImage(), (prefix) => withPrefix(world.live(), prefix)),
    'GET /os': (request) => getOs(request, world.runningImage(), world.faults()),
    'GET /settings': (request) => getSettings(request, world),
    'PATCH /settings': (request) => patchSettings(request, transactionOf(request), world),
    'GET /tx': (request) => getTransaction(request, world),
    'DELETE /tx': (request) => dropTransaction(request, world),
    'GET /tx/list': () => listTransactions(world),
    'POST /tx/commit': (request) => commit(request, world),
    'POST /tx/apply': (request) => apply(request, world),
    'POST /tx/commit_and_apply': (request) => commitAndApply(request, world),
    'GET /updates/status': () => dispatcher.status(),
    'POST /actions/refresh-updates': () => dispatcher.action('refresh'),
    'POST /actions/prepare-update': () => dispatcher.action('prepare'),
    'POST /actions/activate-update': () => dispatcher.action('activate'),
    'POST /actions/deactivate-update': () => dispatcher.action('deactivate'),
    'POST /actions/reboot': () => world.reboot(),
  };
  const table = new Map(Object.entries(routes));
  return (request) => table.get(`${request.method} ${request.path}`)?.(request) ?? unknownCall;
}
