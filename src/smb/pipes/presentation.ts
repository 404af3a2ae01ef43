import {
  BindTimeFeature,
  bindTimeFeatures,
  ContextResult,
  NDR32,
  NO_SYNTAX,
  type PresentationContext,
  type PresentationResult,
  ProviderReason,
  type SyntaxId,
} from "../../wire/dcerpc/index.js";

/** A client that gives up a call may go on with the next. */
const SUPPORTED_FEATURES = BindTimeFeature.KEEP_CONNECTION_ON_ORPHAN;

/**
 * What becomes of one context: the interface has to be the one that is served, and NDR of 32 bits
 * among its transfer syntaxes. [C706] 12.6.3.1; [MS-RPCE] 3.3.1.5.3 for the features
 */
export function judgeContext(asked: PresentationContext, served: SyntaxId): PresentationResult {
  const features = asked.transferSyntaxes.map(bindTimeFeatures).find((bits) => bits !== undefined);
  if (features !== undefined) {
    return {
      result: ContextResult.NEGOTIATE_ACK,
      reason: features & SUPPORTED_FEATURES,
      transferSyntax: NO_SYNTAX,
    };
  }
  if (!isServedBy(asked.abstractSyntax, served)) {
    return rejection(ProviderReason.ABSTRACT_SYNTAX_NOT_SUPPORTED);
  }
  if (!asked.transferSyntaxes.some((syntax) => isServedBy(syntax, NDR32))) {
    return rejection(ProviderReason.PROPOSED_TRANSFER_SYNTAXES_NOT_SUPPORTED);
  }
  return { result: ContextResult.ACCEPTANCE, reason: 0, transferSyntax: NDR32 };
}

/** A context that is not agreed on. */
export function rejection(
  reason: (typeof ProviderReason)[keyof typeof ProviderReason],
): PresentationResult {
  return { result: ContextResult.PROVIDER_REJECTION, reason, transferSyntax: NO_SYNTAX };
}

/** The same major version, and no newer minor one. [C706] 4.3.1 */
function isServedBy(asked: SyntaxId, served: SyntaxId): boolean {
  return (
    asked.uuid === served.uuid &&
    asked.majorVersion === served.majorVersion &&
    asked.minorVersion <= served.minorVersion
  );
}
