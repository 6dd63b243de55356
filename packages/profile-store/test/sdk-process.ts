// Uses the official SDK with only its environment, and prints the text of the response.
import Anthropic from '@anthropic-ai/sdk'

const message = await new Anthropic().messages.create({
  model: 'claude-haiku-5-5',
  max_tokens: 16,
  messages: [{ role: 'user', content: 'Hello' }],
})
console.log(message.content.map((block) => (block.type === 'text' ? block.text : '')).join(''))
