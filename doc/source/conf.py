# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Settings of the documentation."""

import re

from docutils import nodes
from sphinx import application

project = 'unixnotif'
copyright = 'OpenStack contributors'
author = 'OpenStack contributors'

extensions = [
    'openstackdocstheme',
    'oslo_config.sphinxext',
    'sphinx.ext.autodoc',
]

openstackdocs_repo_name = 'openstack/unixnotif'
openstackdocs_auto_name = False
openstackdocs_use_storyboard = False
openstackdocs_bug_project = 'unixnotif'
openstackdocs_bug_tag = ''

html_theme = 'openstackdocs'
html_theme_options = {'sidebar_search': True}
html_static_path = ['_static']
html_css_files = ['narrow.css']
pygments_style = 'native'

autodoc_member_order = 'bysource'
autodoc_typehints = 'signature'

# Links to names of the package must have a target. The names of other
# projects have none without their inventories, which need a network.
nitpicky = True
nitpick_ignore_regex = [
    (r'py:.*', r'(?!unixnotif\b).*'),
    # Cases, which a signature shows, are internal.
    (r'py:class', r'unixnotif\.contract\.rules\..*'),
]


def _show_examples(_: application.Sphinx, document: nodes.document) -> None:
    """Show the sample default of an option as an example, not a default.

    oslo.config shows it as the default.
    """
    for paragraph in list(document.findall(nodes.paragraph)):
        if not paragraph.astext().startswith('This option has a sample'):
            continue
        for field in list(paragraph.parent.findall(nodes.field)):
            name = field.children[0]
            if name.astext() == 'Default':
                field.parent.insert(
                    field.parent.index(field),
                    nodes.field(
                        '',
                        nodes.field_name('', 'Default'),
                        nodes.field_body('', nodes.paragraph('', 'none')),
                    ),
                )
                field.replace(name, nodes.field_name('', 'Example'))
        paragraph.parent.remove(paragraph)


def _show_modes(
    app: application.Sphinx,
    what: str,
    name: str,
    obj: object,
    options: object,
    signature: str | None,
    returns: str | None,
) -> tuple[str | None, str | None]:
    """Show the default mode of a file in octal: 0o660, not 432.

    With autodoc_preserve_defaults, Sphinx would show the names of internal
    constants in place of all other numbers.
    """
    if signature:
        signature = re.sub(
            r'(?<=\bmode: int = )\d+',
            lambda found: oct(int(found[0])),
            signature,
        )
    return signature, returns


def setup(app: application.Sphinx) -> None:
    """Register the extension of this file."""
    app.connect('doctree-read', _show_examples)
    app.connect('autodoc-process-signature', _show_modes)
