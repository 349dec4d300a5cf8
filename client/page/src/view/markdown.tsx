import { type Block, blocksOf, type Inline, mentionsOf, readingsOf } from '@carillon/protocol/text';
import type { ComponentChildren } from 'preact';

interface MarkdownProps {
  text: string;
  /** Handles of the person who reads. */
  mine?: readonly string[];
}

/** A few emoji and nothing else are shown larger. */
const ONLY_EMOJI = /^(?:\p{RGI_Emoji}\s?){1,3}$/v;

/** What somebody wrote: its Markdown as elements, everything else as text. No HTML is made of it. */
export function Markdown({ text, mine = [] }: MarkdownProps) {
  const blocks = blocksOf(text);
  // Only who is mentioned is shown as told.
  const mentioned =
    mine.length === 0 ? NOBODY : new Set(mentionsOf(blocks).filter((handle) => mine.includes(handle)));
  return (
    <div class={`text ${ONLY_EMOJI.test(text) ? 'only-emoji' : ''}`}>
      <Blocks blocks={blocks} mine={mentioned} />
    </div>
  );
}

const NOBODY: ReadonlySet<string> = new Set();

function Blocks({ blocks, mine }: { blocks: readonly Block[]; mine: ReadonlySet<string> }) {
  return <>{blocks.map((block) => blockElement(block, mine))}</>;
}

function blockElement(block: Block, mine: ReadonlySet<string>) {
  switch (block.type) {
    case 'paragraph':
      return <p dir="auto">{inlineElements(block.content, mine)}</p>;
    case 'code':
      return <Code text={block.text} language={block.language} />;
    case 'quote':
      return (
        <blockquote dir="auto">
          <Blocks blocks={block.blocks} mine={mine} />
        </blockquote>
      );
    case 'list': {
      const items = block.items.map(({ number, blocks }, index) => (
        <li key={index} value={number} dir="auto">
          <Blocks blocks={blocks} mine={mine} />
        </li>
      ));
      return block.ordered ? <ol>{items}</ol> : <ul>{items}</ul>;
    }
  }
}

function Code({ text, language }: { text: string; language: string | undefined }) {
  return (
    <div class="code">
      {language && <p class="language">{language}</p>}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what is wider than the screen is scrolled by keyboard too */}
      <pre dir="ltr" tabIndex={0}>
        <code>{text}</code>
      </pre>
    </div>
  );
}

function inlineElements(tokens: readonly Inline[], mine: ReadonlySet<string>): ComponentChildren {
  return tokens.map((token, index) => <InlineToken key={index} token={token} mine={mine} />);
}

function InlineToken({ token, mine }: { token: Inline; mine: ReadonlySet<string> }) {
  switch (token.type) {
    case 'text':
      return <>{token.text}</>;
    case 'code':
      return <code>{token.text}</code>;
    case 'em':
      return <em>{inlineElements(token.content, mine)}</em>;
    case 'strong':
      return <strong>{inlineElements(token.content, mine)}</strong>;
    case 'strike':
      return <s>{inlineElements(token.content, mine)}</s>;
    case 'mention':
      return <Mention text={token.text} mine={mine} />;
    case 'link':
      // A link may be called by the address of another: the title has its own.
      return (
        <a href={token.href} target="_blank" rel="noopener noreferrer nofollow" title={token.href}>
          {inlineElements(token.content, mine)}
        </a>
      );
  }
}

/** As far as it names the person who reads; else as far as it surely names somebody. What is written to the name's end is text. */
function Mention({ text, mine }: { text: string; mine: ReadonlySet<string> }) {
  const readings = readingsOf(text);
  const own = readings.findLast(({ handle }) => mine.has(handle));
  const length = (own ?? readings[0])?.length ?? text.length;
  return (
    <>
      <span class={own ? 'mention own' : 'mention'}>{text.slice(0, length)}</span>
      {text.slice(length)}
    </>
  );
}
