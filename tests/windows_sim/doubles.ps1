# Compares the doubles of prelude.ps1 with the parameters that the commands have in Windows PowerShell 5.1.
# pwsh -File doubles.ps1 TABLE FILE...   prints each parameter that a double takes and the command does not; exit 1 when there is one.
param([Parameter(Mandatory)][string] $Table, [Parameter(ValueFromRemainingArguments = $true)][string[]] $Path)
Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'
$Commands = Get-Content -Raw -LiteralPath $Table | ConvertFrom-Json -AsHashtable
$Found = 0
$Compared = 0
foreach ($File in $Path) {
    $Tree = [System.Management.Automation.Language.Parser]::ParseFile((Resolve-Path -LiteralPath $File).ProviderPath, [ref] $null, [ref] $null)
    foreach ($Function in $Tree.FindAll({ $args[0] -is [System.Management.Automation.Language.FunctionDefinitionAst] }, $true)) {
        $Name = $Function.Name -replace '^global:', ''
        $Known = @($Commands.Keys | Where-Object { $_ -eq $Name })
        if ($Known.Count -eq 0) { continue }
        $Compared++
        $Allowed = @($Commands[$Known[0]]['parameters'])
        $Block = $Function.Body.ParamBlock
        $Given = @(if ($Block) { $Block.Parameters | ForEach-Object { $_.Name.VariablePath.UserPath } })
        if ($Block -and "$($Block.Attributes)" -match 'SupportsShouldProcess') { $Given += 'WhatIf', 'Confirm' }
        # Without CmdletBinding a function would swallow a parameter that the command refuses.
        if (-not $Block -or "$($Block.Attributes)" -notmatch 'CmdletBinding') { $Found++; "${Name}: takes any argument" }
        foreach ($Parameter in $Given | Where-Object { $Allowed -notcontains $_ }) { $Found++; "${Name}: -$Parameter" }
    }
}
"compared $Compared"
if ($Found) { exit 1 }
