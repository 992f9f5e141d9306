/** `/etc/os-release` of the host: quoted and unquoted values mixed. */
export interface Release {
  readonly id: string;
  readonly milestone: string | undefined;
  readonly build: string | undefined;
}

export function parseRelease(text: string): Release {
  const values = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [, key, value] = /^\s*([A-Z0-9_]+)=(.*?)\s*$/.exec(line) ?? [];
    if (key !== undefined && value !== undefined) values.set(key, unquote(value));
  }
  return {
    id: values.get('ID') ?? '',
    milestone: present(values.get('VERSION') ?? values.get('VERSION_ID')),
    build: present(values.get('BUILD_ID')),
  };
}

function unquote(value: string): string {
  const [, inner] = /^(["'])(.*)\1$/.exec(value)?.slice(1) ?? [];
  return inner === undefined ? value : inner.replaceAll(/\\(["'$`\\])/g, '$1');
}

function present(value: string | undefined): string | undefined {
  return value === '' ? undefined : value;
}
