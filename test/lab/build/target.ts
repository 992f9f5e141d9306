/** What is built from Go modules, one target per cache entry. */
import { join } from 'node:path';

export interface Target {
  readonly name: string;
  /** Absolute folder of the Go module. */
  readonly module: string;
  /** Binary name -> Go package. */
  readonly binaries: Readonly<Record<string, string>>;
  readonly tags: string;
  readonly ldflags: string;
  /** Folders below the module whose `*.go` files are part of the key: our own source. Upstream's is pinned by go.sum. */
  readonly sources: readonly string[];
  /** Seconds that a first build took on two cores, downloads included. For the display only. */
  readonly expectedSeconds: number;
}

const kubernetesVersion = { major: '1', minor: '37', git: 'v1.37.2' };
const kubernetesTags = 'selinux,notest,grpcnotrace';

function variables(values: Readonly<Record<string, string>>): string {
  return ['-s', '-w', ...Object.entries(values).map(([name, value]) => `-X ${name}=${value}`)].join(' ');
}

// Without these the API server calls itself v0.0.0-master and every kubeVersion check fails.
const kubernetesLdflags = variables({
  'k8s.io/component-base/version.gitVersion': kubernetesVersion.git,
  'k8s.io/component-base/version.gitMajor': kubernetesVersion.major,
  'k8s.io/component-base/version.gitMinor': kubernetesVersion.minor,
});

/** @param go the folder that holds the lab's Go modules, `test/lab/go`. */
export function targets(go: string): readonly Target[] {
  return [
    {
      name: 'kubernetes',
      module: join(go, 'kubernetes'),
      binaries: {
        'kube-apiserver': 'k8s.io/kubernetes/cmd/kube-apiserver',
        'kube-controller-manager': 'k8s.io/kubernetes/cmd/kube-controller-manager',
        'kube-scheduler': 'k8s.io/kubernetes/cmd/kube-scheduler',
        kubectl: 'k8s.io/kubernetes/cmd/kubectl',
      },
      tags: kubernetesTags,
      ldflags: kubernetesLdflags,
      sources: [],
      expectedSeconds: 420,
    },
    {
      name: 'lab-node',
      module: join(go, 'kubernetes'),
      binaries: { 'lab-node': './cmd/lab-node' },
      tags: kubernetesTags,
      ldflags: kubernetesLdflags,
      sources: ['cmd/lab-node'],
      expectedSeconds: 60,
    },
    {
      name: 'etcd',
      module: join(go, 'etcd'),
      binaries: { etcd: 'go.etcd.io/etcd/server/v3' },
      tags: '',
      ldflags: variables({}),
      sources: [],
      expectedSeconds: 30,
    },
    {
      name: 'helm',
      module: join(go, 'helm'),
      binaries: { helm: 'helm.sh/helm/v3/cmd/helm' },
      tags: '',
      // `helm template` and `helm lint` have no server to ask for its version.
      ldflags: variables({
        'helm.sh/helm/v3/internal/version.version': 'v3.22.0',
        'helm.sh/helm/v3/pkg/chartutil.k8sVersionMajor': kubernetesVersion.major,
        'helm.sh/helm/v3/pkg/chartutil.k8sVersionMinor': kubernetesVersion.minor,
        'helm.sh/helm/v3/pkg/lint/rules.k8sVersionMajor': kubernetesVersion.major,
        'helm.sh/helm/v3/pkg/lint/rules.k8sVersionMinor': kubernetesVersion.minor,
      }),
      sources: [],
      expectedSeconds: 90,
    },
    {
      name: 'hosttool',
      module: join(go, 'hosttool'),
      binaries: { hosttool: '.' },
      tags: '',
      ldflags: variables({}),
      sources: ['.'],
      expectedSeconds: 3,
    },
  ];
}

export function buildArguments(target: Target, goPackage: string, output: string): string[] {
  return [
    'build',
    '-trimpath',
    ...(target.tags === '' ? [] : ['-tags', target.tags]),
    '-ldflags',
    target.ldflags,
    '-o',
    output,
    goPackage,
  ];
}
