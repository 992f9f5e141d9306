import { describe, expect, it } from '@jest/globals';
import { readConfig } from '../src/config.ts';
import { ConfigError } from '../src/config/config-error.ts';
import { countBounds, defaultLeaseTimes, leastWaits, settingNames } from '../src/config/settings.ts';
import { defaultSettings } from '../src/plan/settings.ts';
import { imageRepository, imageTag } from './lab/image.ts';

const inCluster = {
  KUBERNETES_SERVICE_HOST: '10.0.0.1',
  POD_NAME: 'operator-1',
  POD_NAMESPACE: 'os',
  NODE_NAME: 'n1',
  POD_IP: '10.1.2.3',
  TASK_IMAGE: 'registry.example.com/operator@sha256:0',
  OPERATOR_POD_LABELS: '{"app":"operator"}',
};
const outside = { KUBECONFIG: '/home/me/kubeconfig' };

function problems(env: Record<string, string | undefined>, argv: string[] = []): readonly string[] {
  try {
    readConfig(env, argv);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}
const withSettings = (settings: unknown) => ({ ...outside, CONTAINEROS_SETTINGS: JSON.stringify(settings) });

describe('readConfig in a cluster', () => {
  it('takes what the chart says, and defaults for the rest', () => {
    expect(readConfig(inCluster, [])).toEqual({
      kubeconfig: undefined,
      pod: { name: 'operator-1', namespace: 'os', nodeName: 'n1' },
      http: { host: '10.1.2.3', port: 8080 },
      logLevel: 'info',
      task: {
        image: 'registry.example.com/operator@sha256:0',
        imagePullSecrets: [],
        imagePullPolicy: 'IfNotPresent',
        limits: {},
      },
      hooks: { namespace: undefined, serviceAccount: 'containeros-hooks' },
      operatorPodLabels: { app: 'operator' },
      settings: defaultSettings,
      lease: defaultLeaseTimes,
      releasePatience: 600_000,
    });
  });

  it.each(['POD_NAME', 'POD_NAMESPACE', 'NODE_NAME', 'TASK_IMAGE', 'OPERATOR_POD_LABELS'])(
    'does not guess %s',
    (name) => {
      expect(problems({ ...inCluster, [name]: undefined })).toEqual([`${name}: must be set in a cluster`]);
      expect(problems({ ...inCluster, [name]: '' })).toEqual([`${name}: must be set in a cluster`]);
    },
  );

  it('has hooks where it is told a namespace, and nowhere else', () => {
    const hooks = (env: object): unknown => readConfig({ ...inCluster, ...env }, []).hooks;
    expect(hooks({ HOOKS_NAMESPACE: '' })).toEqual({
      namespace: undefined,
      serviceAccount: 'containeros-hooks',
    });
    expect(hooks({ HOOKS_NAMESPACE: 'os-hooks', HOOKS_SERVICE_ACCOUNT: 'mine' })).toEqual({
      namespace: 'os-hooks',
      serviceAccount: 'mine',
    });
    expect(problems({ ...inCluster, HOOKS_NAMESPACE: 'Not One' })).toEqual([
      expect.stringMatching(/^HOOKS_NAMESPACE: .*must be the name of a namespace/),
    ]);
    expect(problems({ ...inCluster, HOOKS_NAMESPACE: 'containeros-tasks' })).toEqual([
      expect.stringMatching(/^HOOKS_NAMESPACE: .*must not be containeros-tasks/),
    ]);
  });

  it('reads what is optional', () => {
    const { http, logLevel, task } = readConfig(
      {
        ...inCluster,
        HTTP_PORT: '9090',
        LOG_LEVEL: 'debug',
        TASK_IMAGE_PULL_SECRETS: 'a, b,',
        TASK_IMAGE_PULL_POLICY: 'Always',
        TASK_RESOURCES: '{"limits":{"memory":"128Mi","cpu":"500m"}}',
      },
      [],
    );
    expect({ http, logLevel, task }).toEqual({
      http: { host: '10.1.2.3', port: 9090 },
      logLevel: 'debug',
      task: {
        image: inCluster.TASK_IMAGE,
        imagePullSecrets: ['a', 'b'],
        imagePullPolicy: 'Always',
        limits: { memory: '128Mi', cpu: '500m' },
      },
    });
  });
});

describe('readConfig outside a cluster', () => {
  it('listens on loopback alone', () => {
    expect(readConfig(outside, []).http).toEqual({ host: '127.0.0.1', port: 8080 });
  });

  it('makes task Pods of the image that the chart of the lab lets it make them of', () => {
    expect(readConfig(outside, []).task.image).toBe(`${imageRepository}:${imageTag}`);
  });

  it('needs to be told the cluster', () => {
    expect(problems({})).toEqual(['--kubeconfig: must be given outside a cluster, or KUBECONFIG set']);
  });

  it('prefers the option to the variable, and either to the Pod', () => {
    expect(readConfig({ ...inCluster, ...outside }, ['--kubeconfig', '/tmp/k']).kubeconfig).toBe('/tmp/k');
    expect(readConfig({ ...inCluster, ...outside }, []).kubeconfig).toBe('/home/me/kubeconfig');
  });

  it.each([[['--kubeconfg', '/tmp/k']], [['--kubeconfig']], [['/tmp/k']]])(
    'refuses the arguments %j',
    (argv) => {
      expect(problems(outside, argv)).toHaveLength(1);
    },
  );
});

describe('readConfig refuses', () => {
  it.each<{ name: string; value: string; problem: string }>([
    { name: 'POD_IP', value: '0.0.0.0', problem: 'POD_IP: "0.0.0.0" must be the IP address of this Pod' },
    { name: 'POD_IP', value: '::', problem: 'POD_IP: "::" must be the IP address of this Pod' },
    { name: 'POD_IP', value: 'localhost', problem: 'POD_IP: "localhost" must be the IP address of this Pod' },
    { name: 'HTTP_PORT', value: '70000', problem: 'HTTP_PORT: 70000 must be a port from 0 to 65535' },
    { name: 'HTTP_PORT', value: 'http', problem: 'HTTP_PORT: "http" must be a port from 0 to 65535' },
    {
      name: 'LOG_LEVEL',
      value: 'loud',
      problem: 'LOG_LEVEL: "loud" must be one of trace, debug, info, warn, error, fatal',
    },
    { name: 'TASK_IMAGE', value: 'two words', problem: 'TASK_IMAGE: "two words" must be an image reference' },
    {
      name: 'TASK_IMAGE_PULL_POLICY',
      value: 'Sometimes',
      problem: 'TASK_IMAGE_PULL_POLICY: "Sometimes" must be one of Always, IfNotPresent, Never',
    },
    { name: 'TASK_RESOURCES', value: '{', problem: 'TASK_RESOURCES: "{" must be JSON' },
    {
      name: 'TASK_RESOURCES',
      value: '{"limits":{"memory":"lots"}}',
      problem: 'TASK_RESOURCES.limits.memory: "lots" must be a quantity such as 128Mi or 500m',
    },
    {
      name: 'TASK_RESOURCES',
      value: '{"requests":{}}',
      problem: 'TASK_RESOURCES.requests: must have the key `limits` alone: requests are always 0',
    },
    {
      name: 'OPERATOR_POD_LABELS',
      value: '{}',
      problem: 'OPERATOR_POD_LABELS: {} must have at least one label: without any it would select all Pods',
    },
    { name: 'CONTAINEROS_SETTINGS', value: 'fast', problem: 'CONTAINEROS_SETTINGS: "fast" must be JSON' },
  ])('$name $value', ({ name, value, problem }) => {
    expect(problems({ ...outside, [name]: value })).toEqual([problem]);
  });

  it('everything that is wrong, at once', () => {
    expect(problems({ HTTP_PORT: 'x', LOG_LEVEL: 'y' })).toHaveLength(3);
  });
});

describe('CONTAINEROS_SETTINGS', () => {
  it('changes what it names and leaves the rest', () => {
    const { settings, lease } = readConfig(
      withSettings({ orderValidity: '10s', maxInspects: 5, leaseDuration: '30s' }),
      [],
    );
    expect(settings).toEqual({ ...defaultSettings, orderValidity: 10_000, maxInspects: 5 });
    expect(lease).toEqual({ ...defaultLeaseTimes, leaseDuration: 30_000 });
  });

  it('knows every setting of the plan', () => {
    expect(settingNames).toEqual(expect.arrayContaining(Object.keys(defaultSettings)));
  });

  it.each(Object.entries(leastWaits))('refuses %s below %s', (name, least) => {
    expect(problems(withSettings({ [name]: '1ms' }))).toEqual([
      `CONTAINEROS_SETTINGS.${name}: "1ms" must be at least ${least}`,
    ]);
  });

  it.each(Object.entries(countBounds))('refuses %s outside of %j', (name, [least, most]) => {
    const expected = `must be a whole number from ${String(least)} to ${String(most)}`;
    for (const value of [least - 1, most + 1, '1']) {
      expect(problems(withSettings({ [name]: value }))).toEqual([
        `CONTAINEROS_SETTINGS.${name}: ${JSON.stringify(value)} ${expected}`,
      ]);
    }
  });

  it.each<{ settings: unknown; problem: string }>([
    { settings: { watchSilence: '2m' }, problem: 'watchSilence: "2m" must be at most 1m30s' },
    {
      settings: { taskBackoff: '20m' },
      problem: 'taskBackoff: "20m" must be at most 10m, the value of taskBackoffMost',
    },
    {
      settings: { renewDeadline: '15s' },
      problem: 'renewDeadline: "15s" must be at most 14s, leaseDuration less 1s',
    },
    {
      settings: { retryPeriod: '6s' },
      problem: 'retryPeriod: "6s" must be at most 5s, half of renewDeadline',
    },
    { settings: { orderValidity: 'long' }, problem: 'orderValidity: "long" must be a duration such as 30s' },
    { settings: { orderValidity: 5 }, problem: 'orderValidity: 5 Invalid input: expected string' },
    {
      settings: { ordervalidity: '5s' },
      problem: 'ordervalidity: must have no other keys than orderValidity,',
    },
  ])('refuses $settings', ({ settings, problem }) => {
    expect(problems(withSettings(settings))).toEqual([
      expect.stringContaining(`CONTAINEROS_SETTINGS.${problem}`),
    ]);
  });
});
