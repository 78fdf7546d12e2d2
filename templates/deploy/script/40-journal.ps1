
# ---- Lock, record and journal -------------------------------------------------------------------------------------------------

# The lock is an open file: Windows closes it however the run ends.
function Enter-Lock {
    $Folder = Get-StateFolder
    if (-not (Test-Path -LiteralPath $Folder)) { New-Item -ItemType Directory -Path $Folder -Force | Out-Null }
    try {
        $Run.Lock = [IO.File]::Open((Join-Path (Convert-Path -LiteralPath $Folder) 'deploy.lock'), 'OpenOrCreate', 'ReadWrite', 'None')
    }
    catch [IO.IOException] {
        Stop-Run "another deployment of $($Run.Release.product.title) is running" 'wait until it has ended' 5
    }
}

function Exit-Lock {
    if ($Run.Lock) { $Run.Lock.Dispose() }
    $Run.Lock = $null
}

function Get-RecordPath { return Join-Path (Get-StateFolder) 'installed.json' }
function Get-JournalPath { return Join-Path (Get-StateFolder) 'journal.json' }

# What is installed: current and previous version with their slots, and what was made for them.
function Read-Record {
    $Path = Get-RecordPath
    if (Test-Path -LiteralPath $Path) { return Read-JsonFile $Path }
    return $null
}

# The journal of an action that was cut off, or nothing.
function Read-Journal {
    $Path = Get-JournalPath
    if (Test-Path -LiteralPath $Path) { return Read-JsonFile $Path }
    return $null
}

function New-Journal {
    param([string] $Operation, [object] $From, [object] $To, [object[]] $Steps)
    $Journal = [pscustomobject]@{ operation = $Operation; from = $From; to = $To; steps = @($Steps) }
    Write-JsonFile (Get-JournalPath) $Journal
    return $Journal
}

function New-Step {
    param([string] $Do, [string] $Version, [string] $Name, [string] $Slot, [int] $Value)
    return [pscustomobject]@{ do = $Do; version = $Version; name = $Name; slot = $Slot; value = $Value; done = $false }
}

# Runs the steps that are not done, and writes the journal after each of them.
function Invoke-Journal {
    param([object] $Journal)
    foreach ($Step in @($Journal.steps)) {
        if ($Step.done) { continue }
        $Before = $Run.Changed
        Write-Line ('  {0} {1}' -f $Step.do, ((@($Step.name, $Step.version, $Step.slot) | Where-Object { $_ }) -join ' '))
        Invoke-Step $Step $Journal
        $Step.done = $true
        $Run.Steps += [pscustomobject]@{ do = $Step.do; name = $Step.name; version = $Step.version; value = $Step.value; changes = $Run.Changed - $Before }
        if (Test-Path -LiteralPath (Get-StateFolder)) { Write-JsonFile (Get-JournalPath) $Journal }
    }
    if (Test-Path -LiteralPath (Get-JournalPath)) { Remove-Item -LiteralPath (Get-JournalPath) -Force }
}
