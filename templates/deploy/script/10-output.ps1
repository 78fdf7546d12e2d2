
# ---- Output and failure -------------------------------------------------------------------------------------------------------

function Write-Line {
    param([string] $Text)
    if (-not $Json) { Write-Host $Text }
}

# Ends the run with a message, the way out and an exit code.
function Stop-Run {
    param([string] $Message, [string] $Hint, [int] $Code = 1)
    $Run.ExitCode = $Code
    if ($Hint) { $Message = "$Message`n  hint: $Hint" }
    throw $Message
}

# Whether to go on: asks with -Confirm, only tells with -WhatIf.
function Test-Consent {
    param([string] $Target, [string] $What)
    return $Run.Agreed -or $Run.Cmdlet.ShouldProcess($Target, $What)
}

# Records that something on the server was changed.
function Add-Change {
    param([string] $Text)
    $Run.Changed++
    Write-Line "    $Text"
}

function Add-Finding {
    param([ValidateSet('ok', 'warning', 'problem')][string] $Level, [string] $Subject, [string] $Text, [string] $Command)
    $Run.Findings += [pscustomobject]@{ level = $Level; subject = $Subject; text = $Text; command = $Command }
    Write-Line ('{0,-8} {1}: {2}' -f $Level, $Subject, $Text)
    if ($Command -and $Level -ne 'ok') { Write-Line "         $Command" }
}

# Something that the operator should know, and that does not fail the run.
function Add-Warning {
    param([string] $Text)
    $Run.Warnings += $Text
    Write-Line "warning: $Text"
}
