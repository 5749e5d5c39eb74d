// Small functions that all parts of the page use.
// Rule: text of a notification becomes text nodes, never HTML.

const byId = (id) => document.getElementById(id);

// Control characters, characters that reorder or hide text, unusual spaces
// and half characters, as in unixnotif/terminal.py. Newlines and tabs stay.
const INVISIBLE = /[^\P{C}\n\t]|[^\P{Z} ]/gu;
// Characters of a name, of a value and of JSON that are shown at once: a
// browser lays out megabytes for minutes.
const MAX_NAME = 200;
const MAX_TEXT = 2000;
const MAX_JSON = 100000;

function visible(text) {
  return text.replace(INVISIBLE, (found) => Array.from(
    { length: found.length },
    (_, i) => '\\u' + found.charCodeAt(i).toString(16).padStart(4, '0'),
  ).join(''));
}

// The beginning of a long text.
function brief(text, most = MAX_NAME) {
  return visible(text.length > most ? `${text.slice(0, most)}…` : text);
}

// Text of a sender, whose direction ends with it.
function isolated(text) {
  return element('bdi', {}, text);
}

// Replaces the text of an element by the beginning of a long text; returns
// a button that shows all of it, or null.
function showBrief(shown, text, most = MAX_TEXT) {
  shown.textContent = brief(text, most);
  if (text.length <= most) return null;
  const more = element('button', {
    type: 'button',
    click: () => {
      shown.textContent = visible(text);
      focusOn(shown);
      more.remove();
    },
  }, `Show all ${number(text.length)} characters`);
  return more;
}

// Gives the focus of a part that goes away to another part.
function focusOn(other) {
  if (other.tabIndex < 0) other.tabIndex = -1;
  other.focus({ preventScroll: true });
}

function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === 'class') made.className = value;
    else if (typeof value === 'function') made.addEventListener(name, value);
    else if (typeof value === 'boolean') made[name] = value;
    else made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}

const numbers = new Intl.NumberFormat('en', { useGrouping: true });
const number = (value) => numbers.format(value).replaceAll(',', '\u00a0');

function plural(count, noun) {
  return `${count ? number(count) : 'no'} ${noun}${count === 1 ? '' : 's'}`;
}

// 10:00:01.100 on one day, else with the date.
function timeText(milliseconds, withDate) {
  const text = new Date(milliseconds).toISOString();
  return withDate ? text.replace('T', ' ').slice(0, 19) : text.slice(11, 23);
}

function fail(message) {
  byId('failure').textContent = message;
  byId('failure').hidden = false;
  document.documentElement.dataset.state = 'failed';
}
