"""Comptes d’emploi: what the ASP renders to a département for a mandate (convention, art. 11, 12).

Every figure comes from the ledger (`lecture`, `creances`, `suivi`), is checked before it is kept
(`controles`), frozen as JSON (`contenu`) and told in the same sheets on screen, in the PDF and in
the Excel workbook (`feuilles`).
"""
