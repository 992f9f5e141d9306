/** update_engine's error codes, as far as they are worth a name. */
const names: Readonly<Record<number, string>> = {
  0: 'kSuccess',
  1: 'kError',
  2: 'kOmahaRequestError',
  5: 'kPostinstallRunnerError',
  9: 'kDownloadTransferError',
  10: 'kPayloadHashMismatchError',
  12: 'kDownloadPayloadVerificationError',
  14: 'kDownloadWriteError',
  18: 'kDownloadPayloadPubKeyVerificationError',
  26: 'kDownloadMetadataSignatureMismatch',
  30: 'kOmahaRequestEmptyResponseError',
  35: 'kOmahaUpdateIgnoredPerPolicy',
  36: 'kOmahaUpdateDeferredPerPolicy',
  37: 'kOmahaErrorInHTTPResponse',
  40: 'kOmahaUpdateDeferredForBackoff',
  44: 'kUnsupportedMajorPayloadVersion',
  45: 'kUnsupportedMinorPayloadVersion',
  47: 'kFilesystemVerifierError',
  48: 'kUserCanceled',
  52: 'kUpdatedButNotActive',
  53: 'kNoUpdate',
  54: 'kRollbackNotPossible',
  57: 'kInternalLibCurlError',
  58: 'kUnresolvedHostError',
  60: 'kNotEnoughSpace',
  61: 'kDeviceCorrupted',
};

/** The highest four bits are flags beside the code. */
const codeMask = 0x0fff_ffff;
const firstHttpStatus = 2000;

/** The name of an error, from a number or from the text that the program prints; undefined where nothing failed. */
export function engineError(value: string | undefined): string | undefined {
  const text = (value ?? '').replace(/^ErrorCode::/, '').trim();
  if (text === '') return undefined;
  const name = /^-?\d+$/.test(text) ? nameOf(Number(text)) : text;
  return name === 'kSuccess' || name === 'kNoUpdate' ? undefined : name;
}

function nameOf(value: number): string {
  const code = value & codeMask;
  if (code >= firstHttpStatus && code < firstHttpStatus + 1000)
    return `HTTP status ${code - firstHttpStatus}`;
  return names[code] ?? `error ${code}`;
}
