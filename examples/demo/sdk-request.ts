// A program without any code for the login: the official SDK finds the login in its environment.
import Anthropic from '@anthropic-ai/sdk'

const { content } = await new Anthropic().messages.create({
  model: 'claude-haiku-5-5',
  max_tokens: 16,
  messages: [{ role: 'user', content: 'Hello' }],
})
for (const block of content) if (block.type === 'text') console.log(block.text)
