/**
 * Whether a token may go to an address: the scheme, host and port that its Secret names, at its path or below. Plain http only where
 * the Secret says http.
 */
export function isAllowedUrl(allowed: string, url: string): boolean {
  const limit = URL.parse(allowed.trim());
  const wanted = URL.parse(url);
  if (limit === null || wanted === null) return false;
  if (limit.protocol !== 'http:' && limit.protocol !== 'https:') return false;
  // What would not be compared must not be there.
  if ([limit, wanted].some((one) => one.username + one.password + one.search + one.hash !== '')) return false;
  if (limit.origin !== wanted.origin) return false;
  const base = limit.pathname.replace(/\/+$/, '');
  return wanted.pathname === base || wanted.pathname.startsWith(`${base}/`);
}
