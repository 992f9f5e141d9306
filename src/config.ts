/** The only reader of the environment and of the command line: all that the operator is told from outside its cluster. */
import { isIP } from 'node:net';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { tasksNamespace } from './api/keys.ts';
import { duration, durationToMillis } from './api/duration.ts';
import { operatorSettings } from './config/settings.ts';
import type { LeaseTimes } from './config/settings.ts';
import { ConfigError, problemsOf } from './config/config-error.ts';
import type { Settings } from './plan/settings.ts';

export interface Config {
  /** Path; undefined: we run in a Pod and use its account. */
  readonly kubeconfig: string | undefined;
  /** What runs us; all but the namespace are undefined outside a cluster. */
  readonly pod: {
    readonly name: string | undefined;
    readonly namespace: string;
    readonly nodeName: string | undefined;
  };
  /** Where health and metrics are served. */
  readonly http: { readonly host: string; readonly port: number };
  readonly logLevel: (typeof logLevels)[number];
  readonly task: {
    readonly image: string;
    readonly imagePullSecrets: readonly string[];
    readonly imagePullPolicy: (typeof pullPolicies)[number];
    /** By resource. Requests are always 0: a task must never be the cause that a Pod is put off its node. */
    readonly limits: Readonly<Record<string, string>>;
  };
  /** Where Jobs of hooks run, and as whom; without a namespace none do. */
  readonly hooks: { readonly namespace: string | undefined; readonly serviceAccount: string };
  /** Labels that mark our own Pods. */
  readonly operatorPodLabels: Readonly<Record<string, string>>;
  readonly settings: Settings;
  /** Milliseconds. */
  readonly lease: LeaseTimes;
  /** How long the release program waits for nodes on their way, in milliseconds. */
  readonly releasePatience: number;
}

const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;
const pullPolicies = ['Always', 'IfNotPresent', 'Never'] as const;
const quantity = /^[0-9]+(\.[0-9]+)?(m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei)?$/;

/** A variable that holds JSON. */
function json<S extends z.ZodType>(schema: S) {
  return z
    .string()
    .transform((text, context): unknown => {
      try {
        return JSON.parse(text);
      } catch {
        context.addIssue({ code: 'custom', message: 'must be JSON', input: text });
        return z.NEVER;
      }
    })
    .pipe(schema);
}

const taskResources = z.strictObject(
  {
    limits: z
      .record(z.string(), z.string().regex(quantity, 'must be a quantity such as 128Mi or 500m'))
      .default({}),
  },
  {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? 'must have the key `limits` alone: requests are always 0'
        : undefined,
  },
);

const podLabels = z
  .record(z.string(), z.string())
  .refine(
    (labels) => Object.keys(labels).length > 0,
    'must have at least one label: without any it would select all Pods',
  );

const environment = z.object({
  KUBECONFIG: z.string().exactOptional(),
  KUBERNETES_SERVICE_HOST: z.string().exactOptional(),
  POD_NAME: z.string().exactOptional(),
  POD_NAMESPACE: z.string().default('container-os-operator'),
  NODE_NAME: z.string().exactOptional(),
  POD_IP: z
    .string()
    .refine(
      (text) => isIP(text) !== 0 && text !== '0.0.0.0' && text !== '::',
      'must be the IP address of this Pod',
    )
    .default('127.0.0.1'),
  HTTP_PORT: z
    .string()
    .regex(/^[0-9]{1,5}$/, 'must be a port from 0 to 65535')
    .transform(Number)
    .refine((port) => port <= 65_535, 'must be a port from 0 to 65535')
    .default(8080),
  LOG_LEVEL: z.enum(logLevels, `must be one of ${logLevels.join(', ')}`).default('info'),
  // What a local build of the image is called; in a cluster the chart names the image.
  TASK_IMAGE: z
    .string()
    .regex(/^[^\s]+$/, 'must be an image reference')
    .default('localhost/container-os-operator:dev'),
  TASK_IMAGE_PULL_SECRETS: z
    .string()
    .default('')
    .transform((text) =>
      text
        .split(',')
        .map((name) => name.trim())
        .filter((name) => name !== ''),
    ),
  TASK_IMAGE_PULL_POLICY: z
    .enum(pullPolicies, `must be one of ${pullPolicies.join(', ')}`)
    .default('IfNotPresent'),
  TASK_RESOURCES: json(taskResources).prefault('{}'),
  HOOKS_NAMESPACE: z
    .string()
    .regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/, 'must be the name of a namespace')
    .refine((name) => name !== tasksNamespace, `must not be ${tasksNamespace}`)
    .exactOptional(),
  HOOKS_SERVICE_ACCOUNT: z
    .string()
    .regex(/^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/, 'must be the name of a service account')
    .default('containeros-hooks'),
  OPERATOR_POD_LABELS: json(podLabels).prefault('{"app.kubernetes.io/name":"container-os-operator"}'),
  CONTAINEROS_SETTINGS: json(operatorSettings).prefault('{}'),
  RELEASE_PATIENCE: duration({ description: 'For the release program.' })
    .default('10m')
    .transform(durationToMillis),
});

/** What a Pod must be told: guessing any of these would make it act on the wrong things. */
const neededInCluster = [
  'POD_NAME',
  'POD_NAMESPACE',
  'NODE_NAME',
  'TASK_IMAGE',
  'OPERATOR_POD_LABELS',
] as const;

/**
 * @param argv arguments after the program's name: `--kubeconfig FILE`, which wins over KUBECONFIG.
 * @throws ConfigError that lists every problem.
 */
export function readConfig(
  env: Readonly<Record<string, string | undefined>>,
  argv: readonly string[],
): Config {
  const option = kubeconfigOption(argv);
  // A variable that is there and empty is how templates say that there is none.
  const given = Object.fromEntries(
    Object.entries(env).filter(([, value]) => value !== undefined && value !== ''),
  );
  const kubeconfig = option ?? given['KUBECONFIG'];
  const parsed = environment.safeParse(given, { reportInput: true });
  const problems = parsed.success ? [] : problemsOf(parsed.error);
  if (kubeconfig === undefined) {
    if (given['KUBERNETES_SERVICE_HOST'] === undefined) {
      problems.push('--kubeconfig: must be given outside a cluster, or KUBECONFIG set');
    } else {
      problems.push(
        ...neededInCluster
          .filter((name) => given[name] === undefined)
          .map((name) => `${name}: must be set in a cluster`),
      );
    }
  }
  if (!parsed.success || problems.length > 0) throw new ConfigError(problems);

  const { data } = parsed;
  return Object.freeze({
    kubeconfig,
    pod: { name: data.POD_NAME, namespace: data.POD_NAMESPACE, nodeName: data.NODE_NAME },
    http: { host: data.POD_IP, port: data.HTTP_PORT },
    logLevel: data.LOG_LEVEL,
    task: {
      image: data.TASK_IMAGE,
      imagePullSecrets: data.TASK_IMAGE_PULL_SECRETS,
      imagePullPolicy: data.TASK_IMAGE_PULL_POLICY,
      limits: data.TASK_RESOURCES.limits,
    },
    hooks: { namespace: data.HOOKS_NAMESPACE, serviceAccount: data.HOOKS_SERVICE_ACCOUNT },
    operatorPodLabels: data.OPERATOR_POD_LABELS,
    ...data.CONTAINEROS_SETTINGS,
    releasePatience: data.RELEASE_PATIENCE,
  });
}

function kubeconfigOption(argv: readonly string[]): string | undefined {
  try {
    return parseArgs({ args: [...argv], options: { kubeconfig: { type: 'string' } } }).values.kubeconfig;
  } catch (error) {
    throw new ConfigError([error instanceof Error ? error.message : String(error)]);
  }
}
