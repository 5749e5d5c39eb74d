# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Sphinx: how the documentation is built."""

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
