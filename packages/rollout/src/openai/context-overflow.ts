/**
 * Whether an endpoint refuses a request because prompt and answer do not fit into the model's
 * context. There is no common code for it, so its words decide: a length or limit of the context,
 * and that it is exceeded. `context-overflow.test.ts` has the messages of 30 servers and providers.
 *
 * @param words message, codes and types of the error
 * @param status of the answer; 413 says it without words, as only text is sent
 */
export function isContextOverflow(words: string, status?: number): boolean {
  if (OTHERS.test(words)) return false
  return status === 413 || OVERFLOWS.some((overflow) => overflow.test(words))
}

/** Limits of something else: tokens per minute, quotas, images, the answer alone. */
const OTHERS = new RegExp(
  [
    'rate[ _-]?limit|too many requests|throttl|please wait|slow down',
    'per[ _-](?:second|sec|minute|min|hour|day|month)\\b|\\b[rt]p[mdhs]\\b|\\b(?:daily|weekly|monthly)\\b',
    'quota|credits?\\b|billing|api key',
    '(?:number of|too many|allowed) images?\\b|\\bimages? (?:is|are|size|dimensions?|exceed)',
    '\\btools?\\b.{0,20}too|stop[ _-]?sequence',
    '(?:completion|output) tokens, whereas|output[ _-]token[ _-](?:limit|maximum)|tokens to generate',
  ].join('|'),
  'i',
)

const UNIT = '(?:context|sequence|seq|prompt|inputs?|model|tokens?|messages?|conversation)'
const LIMIT = `(?:${UNIT}s?(?: token)?[ _-]?(?:length|len|lengths|window|size|limit|count|budget|quantity|tokens)(?![a-z])|n_ctx|max(?:imum)?[ _](?:context|prompt|input|model|sequence|seq)|number of (?:input )?tokens|total text bytes)`
const EXCESS =
  '(?:exceed|too (?:long|large|big|many|high)|(?:longer|greater|larger|more|bigger|higher) than|over the|above the|beyond|surpass|(?:less|fewer) than|at most|only supports|does not fit|overflow)'

const OVERFLOWS: readonly RegExp[] = [
  new RegExp(`${LIMIT}.{0,160}?${EXCESS}|${EXCESS}.{0,80}?${LIMIT}`, 'is'),
  // "This model's maximum context length is 8192 tokens. However, …"; "… prompt length is …".
  new RegExp(
    `(?:maximum|max|configured|available|loaded with)(?: \\w+)? ${UNIT}s? (?:length|size|window)s? (?:is|of|=)`,
    'i',
  ),
  // "prompt is too long", "Your input context is too long", "Request too large for model".
  /\b(?:prompts?|inputs?|messages|conversation|context|request)\b['`]?(?: \w+){0,3}?:? (?:array |string )?too (?:long|large|big)\b/i,
  /\b(?:prompt|input|conversation|request)s? exceed(?:s|ed)? (?:the )?(?:model's )?max/i,
  /\bmessages\b\S{0,12}: (?:array|string) too long/i,
  /too many (?:input |prompt |total )?tokens|tokens?\b.{0,40}exceed.{0,40}(?:limit|maximum|allowed|window)/i,
  /prompt_tokens_exceeded|token limit (?:exceeded|reached)|^token limit$|tokens exceeds? \d|max tokens of \d+ exceeded/im,
  /(?:reduce|shorten) (?:the length of )?(?:the|your) (?:\w+ )?(?:messages?|prompt|input|conversation)\b/i,
  // What is left for the answer: vLLM, SGLang and TensorRT-LLM count it down below zero.
  /max\w*_tokens\b.{0,60}?(?:got|given|value)?[ :(]+-\d+|max\w*_tokens must be at least 1, got 0\b/i,
  /range of input length should be|current length is \d+ while limit is \d+/i,
  // Text Generation Inference.
  /`inputs`(?: tokens \+ `max_new_tokens`)? must (?:have less than|be <=)/,
  /context the overflows|reached context length/i,
  /(?:上下文|输入|提示词?|对话|prompt|tokens?)[^。]{0,16}(?:超过|超出|过长|超长|大于)/i,
]
