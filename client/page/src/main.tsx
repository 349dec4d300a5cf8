import { Carillon } from '@carillon/client';
import { render } from 'preact';
import { createChat } from './chat.ts';
import './styles/tokens.css';
import './styles/page.css';
import './styles/controls.css';
import './styles/sidebar.css';
import './styles/messages.css';
import './styles/lines.css';
import './styles/text.css';
import './styles/composer.css';
import './styles/overlays.css';
import './styles/search.css';
import { App } from './view/app.tsx';

const root = document.getElementById('app');
if (root) render(<App chat={createChat(new Carillon())} />, root);
