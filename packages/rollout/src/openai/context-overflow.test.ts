import { describe, expect, it } from 'vitest'
import { isContextOverflow } from './context-overflow.ts'

/** In the words of each, as their users report them. */
const OVERFLOWS: readonly (readonly [string, string])[] = [
  [
    'OpenAI',
    "This model's maximum context length is 8192 tokens. However, your messages resulted in 8545 tokens. Please reduce the length of the messages.",
  ],
  [
    'OpenAI',
    'Your input exceeds the context window of this model. Please adjust your input and try again.',
  ],
  [
    'OpenAI',
    'Input tokens exceed the configured limit of 272000 tokens. Your messages resulted in 509178 tokens. Please reduce the length of the messages.',
  ],
  [
    'OpenAI',
    "Invalid 'messages': array too long. Expected an array with maximum length 2048, but got an array with length 2049 instead.",
  ],
  [
    'OpenAI',
    "Invalid 'messages[1].content': string too long. Expected a string with maximum length 10485760, but got a string with length 20000000 instead.",
  ],
  ['a code alone', 'The request was refused. context_length_exceeded'],
  [
    'Azure OpenAI',
    "This model's maximum context length is 16384 tokens, however you requested 18000 tokens (17000 in your prompt; 1000 for the completion). Please reduce your prompt; or completion length.",
  ],
  ['Anthropic', 'prompt is too long: 209353 tokens > 199999 maximum'],
  [
    'Anthropic',
    'input length and `max_tokens` exceed context limit: 198157 + 21333 > 200000, decrease input length or `max_tokens` and try again',
  ],
  ['Anthropic', 'messages: too many total text bytes: 9437185 > 9000000'],
  [
    'Gemini',
    'The input token count (1196265) exceeds the maximum number of tokens allowed (1048575).',
  ],
  ['Gemini', 'The input token count exceeds the maximum number of tokens allowed 1048576.'],
  [
    'Vertex AI',
    'Unable to submit request because the input token count is 135538 but model only supports up to 131072.',
  ],
  ['Vertex AI', 'Your input context is too long.'],
  ['Bedrock', 'Input is too long for requested model.'],
  ['Bedrock', 'Too many input tokens. Max input tokens: 128000, request input token count: 140000'],
  ['Bedrock', 'The request payload size has exceed context limit.'],
  [
    'vLLM',
    "'max_tokens' or 'max_completion_tokens' is too large: 4096. This model's maximum context length is 4096 tokens and your request has 100 input tokens (4096 > 4096 - 100).",
  ],
  ['vLLM', 'max_tokens must be at least 1, got -17.'],
  ['vLLM', 'max_tokens must be at least 1, got 0.'],
  ['vLLM', 'Prompt length of 4834 is longer than the maximum model length of 4096'],
  [
    'vLLM',
    'The decoder prompt (length 4834) is longer than the maximum model length of 4096. Make sure that `max_model_len` is no smaller than the number of text tokens.',
  ],
  [
    'vLLM',
    "This model's maximum context length is 4096 tokens. However, you requested 100 output tokens and your prompt contains at least 4000 input tokens, for a total of at least 4100 tokens. Please reduce the length of the input prompt or the number of requested output tokens.",
  ],
  ['SGLang', "The input (5000 tokens) is longer than the model's context length (4096 tokens)."],
  [
    'SGLang',
    "Requested token count exceeds the model's maximum context length of 4096 tokens. You requested a total of 5000 tokens: 4900 tokens from the input messages and 100 tokens for the completion.",
  ],
  [
    'TensorRT-LLM',
    'Prompt length (5000) exceeds maximum input length (4096). Set log level to info and check TRTGptModel logs for how maximum input length is set',
  ],
  [
    'TensorRT-LLM',
    'default_max_tokens (-904) should be greater than 0, default_max_tokens (-904) = max_seq_len (4096) - splited_prompt_len (5000)',
  ],
  [
    'Text Generation Inference',
    'Input validation error: `inputs` must have less than 4096 tokens. Given: 5000',
  ],
  [
    'Together',
    'Input validation error: `inputs` tokens + `max_new_tokens` must be <= 8193. Given: 8032 `inputs` tokens and 500 `max_new_tokens`',
  ],
  [
    'llama.cpp',
    'request (631 tokens) exceeds the available context size (256 tokens), try increasing it exceed_context_size_error',
  ],
  [
    'llama.cpp',
    'the request exceeds the available context size. try increasing the context size or enable context shift',
  ],
  ['llama.cpp', 'Context size has been exceeded.'],
  ['llama-cpp-python', 'Requested tokens (5000) exceed context window of 4096'],
  ['Ollama', 'prompt too long; exceeded max context length by 100918 tokens'],
  [
    'LM Studio',
    'The number of tokens to keep from the initial prompt is greater than the context length (n_keep: 10978 >= n_ctx: 8192). Try to load the model with a larger context length, or provide a shorter input.',
  ],
  [
    'LM Studio',
    'Trying to keep the first 9000 tokens when context the overflows. However, the model is loaded with context length of only 4096 tokens, which is not enough.',
  ],
  ['TabbyAPI', 'Context length 5000 is greater than max_seq_len 4096'],
  ['Fireworks', 'The prompt is too long: 262377, model maximum context length: 262143'],
  ['Groq', 'Please reduce the length of the messages or completion.'],
  [
    'Cerebras',
    'Please reduce the length of the messages or completion. Current length is 132784 while limit is 131000',
  ],
  [
    'Mistral',
    'Prompt contains 65673 tokens and 0 draft tokens, too large for model with 32768 maximum context length',
  ],
  [
    'Mistral',
    "The number of tokens in the prompt exceeds the model's maximum context length of 32768.",
  ],
  [
    'DeepSeek',
    "This model's maximum context length is 65536 tokens. However, you requested 73149 tokens (65149 in the messages, 8000 in the completion).",
  ],
  ['xAI', "This model's maximum prompt length is 131072 but the request contains 537812 tokens."],
  [
    'OpenRouter',
    "This endpoint's maximum context length is 8192 tokens. However, you requested about 9000 tokens (8000 of text input, 1000 in the output).",
  ],
  [
    'OpenRouter',
    'Provider returned error: Input length 131393 exceeds the maximum allowed input length of 131040 tokens.',
  ],
  ['DeepInfra', 'Requested input length 39818 exceeds maximum input length 32767'],
  [
    'Cohere',
    "too many tokens: size limit exceeded by 1234 tokens. Try using shorter or fewer inputs, or setting prompt_truncation='AUTO'.",
  ],
  [
    'GitHub Copilot',
    'prompt token count of 51808 exceeds the limit of 12288 model_max_prompt_tokens_exceeded',
  ],
  [
    'Moonshot',
    'Invalid request: Your request exceeded model token limit: 262144 (requested: 291351)',
  ],
  ['Moonshot', 'The length of tokens in the request is too long'],
  ['MiniMax', 'invalid params, context window exceeds limit (2013)'],
  ['MiniMax', 'token limit\n1039'],
  ['Qwen', '<400> InternalError.Algo.InvalidParameter: Range of input length should be [1, 30720]'],
  ['Zhipu', 'Prompt exceeds max length'],
  ['Zhipu', '输入长度超过限制'],
  [
    'watsonx',
    "Invalid input argument for Model 'm': the number of input tokens 4098 cannot exceed the total tokens limit 4096 for this model",
  ],
  ['Hugging Face', "Input length (265330) exceeds model's maximum context length (262144)."],
  ['ds4', 'Prompt has 256468 tokens, but the configured context size is 256000 tokens'],
  ['Perplexity', 'Context window exceeded: requested 12000 tokens'],
  [
    'Cloudflare',
    'AiError: The estimated number of input and maximum output tokens (5000) exceeded this model context window limit (4096).',
  ],
  [
    'SambaNova',
    'Requested generation length 1 is not possible! The provided prompt is 5000 tokens long, so generating 1 tokens requires a sequence length of 5001, but the maximum supported sequence length is just 4096!',
  ],
  ['Ark', 'Total tokens of image and text exceed max message tokens. Request id: 0217'],
  ['GitHub Models', 'Request body too large for gpt-4o model. Max size: 8000 tokens.'],
  ['Cohere', 'total number of tokens in the prompt cannot exceed 4081 - received 5000.'],
  ['Qwen', 'Total message token length exceed model limit (10000 tokens).'],
  ['Replicate', 'E1002 PromptTooLong: Prompt length exceeds maximum input length'],
  ['Baidu', 'Prompt tokens too long'],
  ['Stepfun', 'The length of prompt exceed max length'],
  ['Hunyuan', '输入过长，请缩短后重试'],
  ['Gemini', 'Request contains 35000 tokens, which exceeds the limit of 32768'],
  ['Snowflake', 'max tokens of 8192 exceeded'],
  ['LocalAI', 'rpc error: code = Unknown desc = context size exceeded'],
  [
    'text-generation-webui',
    'This model maximum context length is 2048 tokens. However, your messages resulted in over 3000 tokens.',
  ],
  ['AI21', 'Your messages are too long for this model'],
]

const OTHERS: readonly string[] = [
  'Invalid value for "context": window function not allowed',
  'Request too large for model `llama-3.1-8b-instant` in organization `o` on tokens per minute (TPM): Limit 6000, Requested 8191, please reduce your message size and try again. rate_limit_exceeded',
  'Request too large for gpt-4o on tokens per min (TPM): Limit 30000, Requested 50000. The input or output tokens must be reduced in order to run successfully.',
  'Too many tokens, please wait before trying again.',
  'Throttling: too many tokens in flight',
  "Too many tokens: this key's daily quota is used up.",
  'max_tokens is too large: 100000. This model supports at most 16384 completion tokens, whereas you provided 100000.',
  'Input validation error: `max_new_tokens` must be <= 4096',
  "max_tokens (100000) exceeds the model's output token limit of 8192",
  'Range of max_tokens should be [1, 8192]',
  "Invalid 'user': string too long. Expected a string with maximum length 64, but got a string with length 123 instead.",
  "Invalid 'tools': array too long. Expected an array with maximum length 128, but got an array with length 140 instead.",
  'Request exceeded the allowed number of images',
  "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
  "Unsupported value: 'temperature' does not support 0.6 with this model. Only the default (1) value is supported.",
  "Expected 'messages' to be an array",
  "'temperature' must be less than or equal to 2",
  'Model context is not ready yet',
  'The context is large, but acceptable.',
  'You exceeded your current quota, please check your plan and billing details.',
  'prompt contains a token that is not in the vocabulary',
  'Monthly token limit exceeded for this workspace',
  'Token limit exceeded for your API key',
  'stop sequence length exceeds 64',
  'the number of tokens to generate must be less than 4096',
  'messages: at least one message is required',
  'The response was filtered due to the prompt triggering the content policy.',
  'stop: at most 4 sequences are allowed',
  'model runner has unexpectedly stopped',
  '',
]

describe('isContextOverflow', () => {
  it.each(OVERFLOWS)('knows it from %s: %s', (_, message) => {
    expect(isContextOverflow(message)).toBe(true)
  })

  it('knows it from status 413 without words, unless they tell of another limit', () => {
    expect(isContextOverflow('', 413)).toBe(true)
    expect(isContextOverflow('<html>413 Request Entity Too Large</html>', 413)).toBe(true)
    expect(isContextOverflow('tokens per minute (TPM): Limit 6000', 413)).toBe(false)
  })

  it.each(OTHERS)('is something else: %s', (message) => {
    expect(isContextOverflow(message)).toBe(false)
  })
})
