/** Names of update_engine's error codes. */
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

export const noUpdate = 53;

export function errorName(code: number): string {
  return `ErrorCode::${names[code] ?? `kUnknown${code}`}`;
}
