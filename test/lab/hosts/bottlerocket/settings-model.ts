/** The shape of the settings that the API takes, as far as the server checks it. */

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

export type Shape =
  | { readonly kind: 'Any' }
  | { readonly kind: 'Boolean' }
  | { readonly kind: 'U32' }
  /** `problem` answers what is wrong with a value, undefined for nothing. */
  | { readonly kind: 'String'; readonly problem?: (value: string) => string | undefined }
  | {
      readonly kind: 'Struct';
      readonly name: string;
      readonly fields: Readonly<Record<string, Shape>>;
    };

const any: Shape = { kind: 'Any' };
const url: Shape = {
  kind: 'String',
  problem: (value) =>
    URL.canParse(value) ? undefined : `Unable to deserialize into Url: Given invalid URL '${value}'`,
};
const versionLock: Shape = {
  kind: 'String',
  problem: (value) =>
    value === 'latest' || /^v?\d+\.\d+\.\d+(-[\w.-]+)?(\+[\w.-]+)?$/.test(value)
      ? undefined
      : `Unable to deserialize into FriendlyVersion: Invalid version string '${value}'`,
};

/** Field order is the order in which the API prints them. */
export const settingsShape: Shape & { readonly kind: 'Struct' } = {
  kind: 'Struct',
  name: 'Settings',
  fields: {
    motd: { kind: 'String' },
    kubernetes: any,
    updates: {
      kind: 'Struct',
      name: 'UpdatesSettings',
      fields: {
        'metadata-base-url': url,
        'targets-base-url': url,
        seed: { kind: 'U32' },
        'version-lock': versionLock,
        'ignore-waves': { kind: 'Boolean' },
      },
    },
    'host-containers': any,
    'bootstrap-containers': any,
    ntp: any,
    network: any,
    kernel: any,
    boot: any,
    aws: any,
    metrics: any,
    pki: any,
    'container-registry': any,
    'oci-defaults': any,
    'oci-hooks': any,
    cloudformation: any,
    dns: any,
    'container-runtime': any,
    autoscaling: any,
  },
};

/** The settings of a host that booted for the first time. `seed` is its place among the waves, 0 to 2047. */
export function firstSettings(variant: string, arch: string, seed: number): Json {
  return {
    motd: 'Welcome to Bottlerocket!',
    kubernetes: {
      'authentication-mode': 'aws',
      'standalone-mode': false,
      'server-tls-bootstrap': true,
      'cloud-provider': 'external',
    },
    updates: {
      'metadata-base-url': `https://updates.bottlerocket.aws/2020-07-07/${variant}/${arch}/`,
      'targets-base-url': 'https://updates.bottlerocket.aws/targets/',
      seed,
      'version-lock': 'latest',
      'ignore-waves': false,
    },
  };
}
