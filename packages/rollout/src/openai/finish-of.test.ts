import { expect, it } from 'vitest'
import { finishOf } from './finish-of.ts'

/** Every reason of the servers and providers we know of. */
const REASONS = {
  stop: `stop STOP end_turn stop_sequence eos eos_token COMPLETE endoftext end_of_text normal tool_calls
    tool_use TOOL_CALL function_call REASON_STOP FINISH_REASON_STOP content_filter SAFETY RECITATION BLOCKLIST
    PROHIBITED_CONTENT SPII guardrail_intervened content_filtered sensitive refusal matched_stop pause_turn`,
  length: `length LENGTH max_tokens MAX_TOKENS model_length REASON_MAX_LEN FINISH_REASON_MAX_TOKENS ERROR_LIMIT
    model_context_window_exceeded max_output_tokens stopped_limit token_limit limit truncated incomplete maxTokens`,
  aborted: 'abort aborted cancelled USER_CANCEL',
  broken: `error ERROR timeout TIMEOUT network_error insufficient_system_resource OTHER MALFORMED_FUNCTION_CALL
    ERROR_TOXIC FINISH_REASON_UNSPECIFIED`,
}

it.each(
  Object.entries(REASONS).flatMap(([finish, reasons]) =>
    reasons.split(/\s+/).map((reason) => [reason, finish]),
  ),
)('%s is %s', (reason, finish) => {
  expect(finishOf(reason)).toBe(finish)
})

it.each([[null], [undefined], [7]])('%s is stop', (reason) => {
  expect(finishOf(reason)).toBe('stop')
})
